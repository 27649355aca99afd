import type { Amplification, EditPlan, EditReading } from "../prompt/index.ts";
import type { Text } from "../say.ts";
import type { FloatTensor } from "../tensor/index.ts";
import type { HandMasks } from "./given-mask.ts";
import type { EditSettings } from "./knobs.ts";
import type { PresetName } from "./presets.ts";

/** An edit with everything decided: which words, which windows, which knobs. */
export interface PlannedEdit {
  readonly plan: EditPlan;
  readonly preset: PresetName;
  readonly settings: EditSettings;
  /** How the two sentences were read; null in compat, where nothing is. */
  readonly reading: EditReading | null;
  /** Whether an automatic mask is made: by words of the source that are found, or from the predictions. */
  readonly hasMask: boolean;
  /** Masks that a person gave; null without any. */
  readonly hand: HandMasks | null;
  /** Parts of the picture with a target prompt each; null without any. */
  readonly regions: PlannedRegions | null;
  /** The things that are removed, as the source prompt writes them; null for any other edit. */
  readonly removes: readonly string[] | null;
  /** Words whose attention is multiplied, and by what: those with a weight in the prompt, and those named beside it. */
  readonly amplify: readonly Amplification[];
  /** A few lines for a person, in pieces that name fields; `plan.explanation` has them in the library's words. */
  readonly explanation: Text;
}

/** A part of the picture with everything decided: an edit of its own, by its own target prompt. */
export interface PlannedRegion extends Pick<PlannedEdit, "plan" | "preset" | "settings"> {
  /** The words of the source prompt that name it. */
  readonly words: string;
  /** Where they stand, as tokens of the source prompt. */
  readonly tokens: readonly number[];
  /** Where it is, [1 or F, height, width] in 0…1; null: where its words are, above its threshold. */
  readonly mask: FloatTensor | null;
  /** Whether it keeps its own self-attention where it is: its layout may change. */
  readonly masksSelf: boolean;
}

export interface PlannedRegions {
  /** The later lies on top. */
  readonly list: readonly PlannedRegion[];
  /** Whether what lies outside of all regions stays as it is: there is no target prompt for it. */
  readonly keepsRest: boolean;
  /** Guidance scale of the rest; the edit's own is the highest of all, for its branches. */
  readonly restGuidance: number;
}

/** Whether pixels of the source stay in an edit's result, so that its frames are needed at the end: where a person drew masks or regions. */
export const pastesSource = ({ hand, regions }: Pick<PlannedEdit, "hand" | "regions">): boolean =>
  Boolean(hand) || regions?.keepsRest === true;

/** The target prompts of an edit: that of the picture, unless it stays as it is, and those of its regions. */
export function targetsOf({ plan, regions }: Pick<PlannedEdit, "plan" | "regions">): readonly string[] {
  const own = (regions?.list ?? []).map((region) => region.plan.target.text);
  return regions?.keepsRest ? own : [plan.target.text, ...own];
}
