import { say, the } from "../../say.ts";
import type { Fields } from "../field.ts";

const NONE = { none: "a config edits, and compares no methods" } as const;

/** Which methods are compared on which clips. */
export const TABLE1 = {
  clips: {
    type: { kind: "path" },
    group: "Input",
    help: say`a folder of clips, each with a clip.json and its frames in source/, or one of them; with ${the("prompts")} the folder that their clips lie in`,
    flag: "<clips>",
    yaml: NONE,
    in: ["table1"],
    required: ["table1"],
  },
  prompts: {
    type: { kind: "path" },
    group: "Input",
    help: "a YAML file of sentences, as the paper's authors have it: a clip's name with its source and target",
    flag: "--prompts <file.yaml>",
    yaml: NONE,
    in: ["table1"],
  },
  methods: {
    type: { kind: "names" },
    group: "Method",
    help: "what is compared: fatezero, fatezero-compat, ddim, sdedit, null-text-p2p, tune-a-video, atlas, or the ablations fuse-reconstruction, no-self-fusion, no-mask, attend-own, attend-mid, attend-previous, attend-four, all-layers",
    otherwise: "those of the paper's Table 1, and DDIM alone",
    symbol: "Table 1",
    flag: "--methods <list>",
    yaml: NONE,
    in: ["table1"],
  },
} as const satisfies Fields;
