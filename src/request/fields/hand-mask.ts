import { say, the } from "../../say.ts";
import type { Fields } from "../field.ts";

/** Masks and regions that a person gives to an edit. */
export const HAND_MASK = {
  mask: {
    type: { kind: "path" },
    group: "How much changes",
    help: "what may change, white on black, in place of the automatic mask: one picture for all frames, or a video or folder with one for each; of any size, soft edges are kept. Outside of it the result has the source's pixels",
    otherwise: "the automatic mask alone",
    flag: "--mask <path>",
    yaml: "fatezero.mask",
    yamlNote: "looked for near the config, as its frames are; for all prompts",
    in: ["edit", "eval"],
    per: {
      eval: {
        group: "Input",
        help: "what was to change, white on black: a video, a folder of images, or one image for all frames; the rest is the kept part",
        otherwise: "nothing is told of the kept part",
      },
    },
  },
  maskMode: {
    type: { kind: "choice", choices: ["replace", "add", "cut"] },
    group: "How much changes",
    help: say`what ${the("mask")} is to the automatic mask: in its place, added to it, or all that is left of it`,
    default: "replace",
    flag: "--mask-mode <mode>",
    yaml: "fatezero.mask_mode",
    in: ["edit"],
  },
  regions: {
    type: { kind: "regions" },
    group: "How much changes",
    help: say`a part of the picture with a target of its own; may be repeated, the later on top: car:"a blue car" where the word of the source is, car=mask.mp4:"a blue car" where a mask is, given as ${the("mask")} is. The text takes the place of what the word names, or is a whole sentence. Without ${the("target")} the rest stays as it is`,
    otherwise: "none",
    flag: "--region <word[=mask]:text>",
    yaml: "fatezero.regions",
    yamlNote:
      "a list of mappings with words, prompt and, where there is one, mask, which is looked for near the config; without editing_prompts the rest stays as it is",
    in: ["edit"],
    insteadOf: ["target"],
  },
  protect: {
    type: { kind: "path" },
    group: "How much changes",
    help: say`what stays as it is whatever the edit does, white on black, given as ${the("mask")} is: there the result has the source's pixels`,
    otherwise: "nothing",
    flag: "--protect <path>",
    yaml: "fatezero.protect",
    yamlNote: "looked for near the config; for all prompts",
    in: ["edit"],
  },
} as const satisfies Fields;
