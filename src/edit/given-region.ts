import { FateZeroError } from "../errors.ts";
import { shownJson } from "../json.ts";
import { MAX_REGIONS } from "../limits.ts";
import { leaveOut, lower, type Said, say, the } from "../say.ts";
import type { FloatTensor } from "../tensor/index.ts";
import { checkedMask, type GivenRegion, leavesMuch, mergeMasks, resizeMask } from "./given-mask.ts";
import type { EditKnobs } from "./knobs.ts";

/** A region as it was given, looked at; `mask` is [1 or F, height, width] in 0…1. */
export interface CheckedRegion {
  readonly words: string;
  readonly prompt: string;
  readonly mask: FloatTensor | null;
}

/** How messages name a region. */
export const regionLabel = (words: string): Said => say`${the("regions", words)}`;

function badRegions(what: string): FateZeroError {
  return new FateZeroError(
    "bad-option",
    `The option regions ${what}.`,
    'It must be a list such as [{ words: "car", prompt: "a blue car", mask }].',
  );
}

/** Knobs that speak of one mask or one target, where regions have their own. */
const USELESS = {
  mask: "every region has a mask of its own",
  maskMode: "every region has a mask of its own",
  maskWords: "every region has words of its own",
  maskFrom: "a region is where its mask is, or its words",
  latentBlend: "what lies outside the regions is kept in any case",
  amplify: "words are weighed in a region's own text, as in (blue:1.5)",
  remove: "a region shows something else, and a removal nothing",
  enhance: "a region shows something else, and an enhancement the same",
} as const satisfies { readonly [K in keyof EditKnobs]?: string };

function conflict(words: Said, what: string, remedy: Said): FateZeroError {
  return new FateZeroError("region-conflict", say`${words} ${what}.`, remedy);
}

/** What a region is told of which nothing is seen. */
export function coveredRegion(words: string): FateZeroError {
  return conflict(
    regionLabel(words),
    "is over nothing: what lies on top of it, or is protected, covers it whole",
    say`Name it last, mend its mask, or ${leaveOut("regions", words)}.`,
  );
}

/** What a region is told that is where a word is, above a threshold that no map reaches. */
export function thresholdLeavesNothing(words: string): FateZeroError {
  return conflict(
    regionLabel(words),
    "is over nothing: it is where its word is above the mask threshold, and no map is above 1",
    say`${lower("maskThreshold")} below 1, to such as 0.3, or give it a mask.`,
  );
}

/** Refuses a mask that those which lie on top of it cover whole, as far as their sizes and lengths let it be told. */
function checkSeen({ words, mask }: CheckedRegion, over: readonly FloatTensor[]): void {
  if (!mask) return;
  const [frames, height, width] = mask.shape as [number, number, number];
  const left = over
    .filter((other) => other.shape[0] === 1 || other.shape[0] === frames)
    .reduce((seen, other) => mergeMasks(seen, resizeMask(other, height, width), (a, b) => a * (1 - b)), mask);
  if (!leavesMuch(left, mask)) throw coveredRegion(words);
}

/**
 * The regions that are asked for, looked at before any work; null without any.
 *
 * @throws FateZeroError `bad-option`, `region-conflict`, `mask-blank`, `bad-argument`, `bad-frame`
 */
export function checkRegions(knobs: EditKnobs, compat: boolean): readonly CheckedRegion[] | null {
  const { regions } = knobs;
  if (regions === undefined) return null;
  if (!Array.isArray(regions) || regions.length === 0) throw badRegions(`is ${shownJson(regions)}`);
  if (regions.length > MAX_REGIONS)
    throw badRegions(`has ${regions.length} regions, more than ${MAX_REGIONS}`);
  if (compat) {
    const what = say`${the("regions")} would have no effect: the released code knows one target prompt.`;
    throw new FateZeroError("region-conflict", what, say`${leaveOut("regions")}, or ${leaveOut("compat")}.`);
  }
  for (const [key, why] of Object.entries(USELESS)) {
    const field = key as keyof typeof USELESS;
    if (knobs[field] === undefined || knobs[field] === "auto" || knobs[field] === false) continue;
    const what = say`${the(field)} would have no effect beside ${the("regions")}: ${why}.`;
    throw new FateZeroError("region-conflict", what, say`${leaveOut(field)}, or ${leaveOut("regions")}.`);
  }
  const checked = regions.map((region: Partial<GivenRegion> | null, index): CheckedRegion => {
    const { words, prompt, mask } = region ?? {};
    for (const [name, text] of Object.entries({ words, prompt }))
      if (typeof text !== "string" || text.trim() === "")
        throw badRegions(`has ${shownJson(text)} for ${name} in its entry ${index}`);
    const label = regionLabel(words!);
    return {
      words: words!,
      prompt: prompt!,
      mask: mask === undefined ? null : checkedMask(mask, label, "regions"),
    };
  });
  const protect =
    knobs.protect === undefined ? [] : [checkedMask(knobs.protect, [the("protect")], "protect")];
  for (const [index, region] of checked.entries()) {
    const { words, mask } = region;
    const above = checked.slice(index + 1).flatMap((other) => (other.mask ? [other.mask] : []));
    checkSeen(region, [...above, ...protect]);
    const same = (other: CheckedRegion): boolean =>
      other.mask === null && other.words.trim() === words.trim();
    if (mask === null && checked.slice(0, index).some(same))
      throw conflict(
        regionLabel(words),
        "is there twice, and both would be in the same place",
        say`Give each a mask.`,
      );
  }
  return checked;
}
