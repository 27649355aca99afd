import {
  type EditPlan,
  findWord,
  type PlanWarning,
  replaceThing,
  segmentPrompt,
  type Tokenizer,
  tokensOf,
} from "../prompt/index.ts";
import { inWords, say, type Text } from "../say.ts";
import type { FloatTensor } from "../tensor/index.ts";
import { askOfWhite } from "./given-mask.ts";
import { type CheckedRegion, regionLabel } from "./given-region.ts";
import type { EditKnobs } from "./knobs.ts";
import type { PlannedEdit } from "./plan-edit.ts";

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

/** Plans an edit of the whole picture. */
type PlanWhole = (knobs: Omit<EditKnobs, "regions">) => Promise<PlannedEdit>;

/** The source as its own target: all of its attention holds. */
const UNCHANGED = { selfSteps: 1, crossSteps: 1, maskWords: "none" } as const;

/** The target prompts of an edit: that of the picture, unless it stays as it is, and those of its regions. */
export function targetsOf({ plan, regions }: Pick<PlannedEdit, "plan" | "regions">): readonly string[] {
  const own = (regions?.list ?? []).map((region) => region.plan.target.text);
  return regions?.keepsRest ? own : [plan.target.text, ...own];
}

function titleOf({ words, mask, plan, preset }: PlannedRegion): string {
  const where = mask ? "where its mask is" : "where its word is";
  return `Region "${words}", ${where}: "${plan.target.text}" (${preset}).`;
}

const planOf = (
  plan: EditPlan,
  explanation: Text,
  warnings: readonly PlanWarning[],
): Pick<PlannedEdit, "plan" | "explanation"> => ({
  plan: { ...plan, explanation: inWords(explanation), warnings },
  explanation,
});

/**
 * Plans an edit in parts: each region by its own target prompt as an edit of its kind, the rest by the target prompt of the
 * whole, or, without one, as it is.
 *
 * @throws FateZeroError `unknown-word`, `not-a-thing`, and what planning an edit throws
 */
export async function planRegions(
  tokenizer: Tokenizer,
  source: string,
  { knobs, regions }: { readonly knobs: EditKnobs; readonly regions: readonly CheckedRegion[] },
  planWhole: PlanWhole,
): Promise<PlannedEdit> {
  const { regions: _, protect, prompt, maskWords: __, latentBlend: ___, amplify: ____, ...shared } = knobs;
  const list: PlannedRegion[] = [];
  const warnings: PlanWarning[] = [];
  const lines: Text[] = [];
  for (const { words, prompt: text, mask } of regions) {
    const sentence = await replaceThing(tokenizer, source, words, text);
    const where = mask ? { mask } : ({ maskWords: { source: [words] }, maskFrom: "attention" } as const);
    const { plan, preset, settings, explanation } = await planWhole({
      ...shared,
      ...where,
      prompt: sentence,
    });
    // As with any mask by hand, the layout may change in shape edits only (docs/masks.md), unless a threshold is asked for.
    const masksSelf = preset === "shape" || (shared.maskThreshold ?? 1) < 1;
    const segments = segmentPrompt(tokenizer, source);
    const tokens = tokensOf(findWord(tokenizer, segments, words));
    const region = { words, tokens, mask, plan, preset, settings, masksSelf };
    list.push(region);
    warnings.push(...plan.warnings, ...(mask ? askOfWhite(mask, regionLabel(words), "regions") : []));
    lines.push(say`${titleOf(region)}\n${[explanation].flat()}`);
  }
  const keepsRest = prompt === undefined;
  const rest = keepsRest
    ? await planWhole({ ...shared, ...UNCHANGED, ...(protect ? { protect } : {}), prompt: source })
    : await planWhole({ ...shared, ...(protect ? { protect } : {}), prompt });
  const note = keepsRest
    ? "What lies outside of the regions stays as it is."
    : say`The rest: ${[rest.explanation].flat()}`;
  const explanation = say`${[...lines, note].flatMap((line, i) => [...(i > 0 ? ["\n"] : []), ...[line].flat()])}`;
  const { guidance: restGuidance } = rest.settings;
  // The source as its own target has nothing to warn of.
  const told = keepsRest ? warnings : [...rest.plan.warnings, ...warnings];
  return {
    ...rest,
    ...planOf(rest.plan, explanation, told),
    preset: keepsRest ? list[0]!.preset : rest.preset,
    settings: {
      ...rest.settings,
      guidance: Math.max(...list.map(({ settings }) => settings.guidance), keepsRest ? 0 : restGuidance),
      latentBlend: keepsRest || rest.settings.latentBlend,
    },
    regions: { list, keepsRest, restGuidance },
  };
}
