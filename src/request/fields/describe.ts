import type { Fields } from "../field.ts";

/** How a clip is described. */
export const DESCRIBE = {
  beams: {
    type: { kind: "number", least: 1, most: 16, whole: true, unit: "sentences" },
    group: "Method",
    help: "how many beginnings of a sentence are followed at a time; 1 is greedy",
    otherwise: "BLIP: what its generation_config.json says, else 3; a model's own sentences: 4",
    flag: "--beams <n>",
    yaml: { none: "a config edits, and names its prompt" },
    in: ["describe"],
  },
} as const satisfies Fields;
