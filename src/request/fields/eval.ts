import { say, the } from "../../say.ts";
import type { Fields } from "../field.ts";

const NONE = { none: "a config edits, and measures nothing" } as const;

/** What an edit is measured against. */
export const EVAL = {
  edited: {
    type: { kind: "path" },
    group: "Input",
    help: "the edit of it: a video or a folder of images, with as many frames as are taken of the source",
    flag: "<edited>",
    yaml: NONE,
    in: ["eval"],
    required: ["eval"],
  },
  truth: {
    type: { kind: "path" },
    group: "Input",
    help: "what the perfect edit shows: a video or a folder of images",
    flag: "--truth <path>",
    yaml: NONE,
    in: ["eval"],
  },
  report: {
    type: { kind: "path" },
    group: "Output",
    help: say`also write a page that opens offline in any browser: the numbers, the frames, where they differ, every measure over time, and with ${the("model")} what each word of the source stands for`,
    flag: "--report <file.html>",
    yaml: NONE,
    in: ["eval"],
  },
  clip: {
    type: { kind: "path" },
    group: "Method",
    help: say`the CLIP that scores by the two sentences: a hub id such as openai/clip-vit-base-patch32, the paper's, which is downloaded, or a folder; "tinytown" is the small one of the embedded model`,
    otherwise: say`that of ${the("model", "tinytown")}, where that is given; else CLIP's scores are left out`,
    flag: "--clip <name>",
    yaml: NONE,
    in: ["eval", "table1"],
  },
} as const satisfies Fields;
