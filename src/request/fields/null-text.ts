import { say, the } from "../../say.ts";
import type { Fields } from "../field.ts";

const CONFIG = { none: "it belongs to an inversion that is saved" } as const;

/** Null-text inversion: what is optimised of the unconditional branch (docs/algorithm.md). */
export const NULL_TEXT = {
  nullText: {
    type: { kind: "number", least: 1, most: 10_000, whole: true, unit: "iterations", bare: 10 },
    group: "Method",
    help: "null-text inversion: optimise the text of the unconditional branch at every step, in up to n iterations (10 where no n is given), so that edits with guidance keep to the source. Each iteration takes about as long as three steps of the inversion",
    otherwise: "none: the empty text, or an edit's negative prompt",
    flag: "--null-text [n]",
    yaml: CONFIG,
    in: ["invert"],
  },
  nullTextGuidance: {
    type: { kind: "number", least: 1, most: 10_000, above: true },
    group: "Method",
    help: say`with ${the("nullText")}: the guidance scale that it is optimised for, at which edits of the inversion then are`,
    otherwise: "the model's for changing an attribute; 7.5 for Stable Diffusion",
    flag: "--null-text-guidance <scale>",
    yaml: CONFIG,
    in: ["invert"],
    needs: ["nullText"],
  },
  nullTextPerFrame: {
    type: { kind: "flag" },
    group: "Method",
    help: say`with ${the("nullText")}: a text for each frame instead of one for all of them`,
    flag: "--null-text-per-frame",
    yaml: CONFIG,
    in: ["invert"],
    needs: ["nullText"],
  },
} as const satisfies Fields;
