import type { Fields } from "../field.ts";

const NONE = { none: "a config edits, and compares no methods" } as const;

/** What people rank, and what they answered. */
export const RANK = {
  results: {
    type: { kind: "path" },
    group: "Input",
    help: "the folder of a table of methods: table.json and the frames beside it",
    flag: "<dir>",
    yaml: NONE,
    in: ["rank"],
    required: ["rank"],
  },
  answers: {
    type: { kind: "paths" },
    group: "Input",
    help: "files that the page gave to those who answered it, one or more: print the table that they come to, instead of making the page",
    flag: "--answers <file...>",
    yaml: NONE,
    in: ["rank"],
  },
} as const satisfies Fields;
