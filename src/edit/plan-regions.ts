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
import { askOfWhite } from "./given-mask.ts";
import { type CheckedRegion, regionLabel, thresholdLeavesNothing } from "./given-region.ts";
import type { EditKnobs } from "./knobs.ts";
import type { PlannedEdit, PlannedRegion } from "./planned-edit.ts";

/** Plans an edit of the whole picture. */
type PlanWhole = (knobs: Omit<EditKnobs, "regions">) => Promise<PlannedEdit>;

/** The source as its own target: all of its attention holds. */
const UNCHANGED = { selfSteps: 1, crossSteps: 1, maskWords: "none" } as const;

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
    const layoutMay = preset === "shape" || (shared.maskThreshold ?? 1) < 1;
    const masksSelf = layoutMay && (shared.maskSelfAttention ?? true);
    if (!mask && settings.maskThreshold >= 1) throw thresholdLeavesNothing(words);
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
