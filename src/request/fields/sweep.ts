import { say, the } from "../../say.ts";
import type { Field, Fields, FieldType } from "../field.ts";
import type { SweptField } from "../options.ts";
import { KNOBS } from "./knobs.ts";

/** Knobs of which a run may try several values, in the order of the help, and what one value is. */
export const SWEPT: Readonly<Record<SweptField, Pick<Field, "flag"> & { readonly type: FieldType }>> = {
  preset: KNOBS.preset,
  strength: KNOBS.strength,
  selfSteps: KNOBS.selfSteps,
  // Windows by word have commas themselves.
  crossSteps: { ...KNOBS.crossSteps, type: { kind: "window" } },
  maskFrom: KNOBS.maskFrom,
  maskThreshold: KNOBS.maskThreshold,
  guidance: KNOBS.guidance,
  guidanceSteps: KNOBS.guidanceSteps,
  reuseDeep: KNOBS.reuseDeep,
  align: KNOBS.align,
  fuseFrom: KNOBS.fuseFrom,
};

/** Several values of a knob in one run. */
export const SWEEP = {
  sweep: {
    type: { kind: "sweeps" },
    group: "How much changes",
    help: say`try several values of an option above, an edit for each, of one inversion: self-steps=0.2,0.5,0.8. At most two options; a picture beside the results has a row or column for each value. It takes ${the("preset")}, ${the("strength")}, ${the("selfSteps")}, ${the("crossSteps")}, ${the("maskFrom")}, ${the("maskThreshold")}, ${the("guidance")}, ${the("guidanceSteps")}, ${the("reuseDeep")}, ${the("align")} and ${the("fuseFrom")}`,
    flag: "--sweep <option=values>",
    yaml: { none: "a config has an edit for each value" },
    in: ["edit", "plan"],
  },
} as const satisfies Fields;
