import { threshold } from "../attention/index.ts";
import { leaveOut } from "../say.ts";
import { type FloatTensor, floatTensor } from "../tensor/index.ts";
import { resizeMask } from "./given-mask.ts";
import { coveredRegion, regionLabel } from "./given-region.ts";
import { fitMask, poolMask } from "./hand-mask.ts";
import { type Inversion, wordMap } from "./inversion.ts";
import { maskOfWords, type SoftMask } from "./masks.ts";
import type { PlannedRegion } from "./planned-edit.ts";

/** τ of the word map by which things are known that are called as a region is (the paper's of shape edits). */
const ALIKE = 0.3;
/** Share from which a position is another region's. */
const MOSTLY = 0.5;

/** How much of each position belongs to each region, at any resolution: [F, height, width] by region, together at most 1. */
export type RegionShares = (height: number, width: number) => readonly FloatTensor[];

/** The regions of an edit in the frames of its clip. */
export interface FittedRegions {
  /** Shares in the edit step that takes its words from a step of the inversion. */
  readonly at: (inverted: number) => RegionShares;
  /**
   * What the queries of each region do not see, 1 there: the other regions, and what its words name elsewhere. Two red cars
   * lend each other their colour by self-attention else (docs/regions.md).
   */
  readonly unseenAt: (inverted: number) => RegionShares;
  /** Before the threshold, the highest of all regions. */
  readonly soft: (inverted: number) => SoftMask;
  /** Whether they are the same at every step: no region is where its words are. */
  readonly fixed: boolean;
}

/** Values of masks of one shape, position by position. */
function combine(masks: readonly FloatTensor[], of: (values: readonly number[]) => number): FloatTensor {
  const out = floatTensor(masks[0]!.shape);
  // One list for all positions: of a picture there are hundreds of thousands.
  const values = new Array<number>(masks.length);
  for (let i = 0; i < out.data.length; i++) {
    for (let k = 0; k < masks.length; k++) values[k] = masks[k]!.data[i]!;
    out.data[i] = of(values);
  }
  return out;
}

/** The results of a function of a size, kept. */
function bySize<T>(compute: (height: number, width: number) => T): (height: number, width: number) => T {
  const known = new Map<string, T>();
  return (height, width) => {
    const key = `${height}x${width}`;
    const found = known.get(key) ?? compute(height, width);
    known.set(key, found);
    return found;
  };
}

/** Masks at one pixel size laid on each other, the later on top: what is seen of each. */
function stack(masks: readonly (FloatTensor | null)[]): readonly (FloatTensor | null)[] {
  const seen = [...masks];
  for (let top = masks.length - 1; top > 0; top--) {
    for (let r = 0; r < top; r++) {
      const [under, over] = [seen[r], masks[top]];
      if (under && over) seen[r] = combine([under, over], ([a, b]) => a! * (1 - b!));
    }
  }
  return seen;
}

const given = (masks: readonly (FloatTensor | null)[]): FloatTensor[] =>
  masks.filter((mask) => mask !== null);

/** Of each word's soft mask where it is above its threshold and the strongest of those that are: 1, else 0. */
function ownersOf(
  soft: readonly (FloatTensor | null)[],
  taus: readonly number[],
): readonly (FloatTensor | null)[] {
  const held = soft.map((mask, r) => mask && threshold(mask, taus[r]!));
  const owners = soft.map((mask) => mask && floatTensor(mask.shape));
  const size = given(soft)[0]?.data.length ?? 0;
  for (let i = 0; i < size; i++) {
    let best = -1;
    for (const [r, mask] of soft.entries())
      if (mask && held[r]!.data[i]! > 0 && (best < 0 || mask.data[i]! > soft[best]!.data[i]!)) best = r;
    if (best >= 0) owners[best]!.data[i] = 1;
  }
  return owners;
}

/**
 * What each of the masks by hand has of a coarser grid. A cell that is touched belongs to them, as with any mask by hand, and
 * where several touch it each has as much as it covers.
 */
function sharesOfMasks(masks: readonly (FloatTensor | null)[], height: number, width: number) {
  const area = masks.map((mask) => mask && resizeMask(mask, height, width));
  const pooled = masks.map((mask) => mask && poolMask(mask, height, width));
  if (given(area).length === 0) return area;
  const covered = combine(given(area), (values) => values.reduce((sum, value) => sum + value, 0));
  const touched = combine(given(pooled), (values) => Math.max(...values));
  return area.map(
    (mask) =>
      mask && combine([mask, covered, touched], ([a, all, most]) => (all! > 0 ? (most! * a!) / all! : 0)),
  );
}

/**
 * Brings regions to an inversion's frames: those with masks where their masks are; of those that words make each position
 * is that of the word which is strongest in it, outside of the masks. `open` [F, H, W] is what no person protects.
 *
 * @throws FateZeroError `mask-length`, `mask-shape`
 */
export function fitRegions(
  regions: readonly PlannedRegion[],
  inversion: Inversion,
  open: FloatTensor | null,
): FittedRegions {
  const masks = stack(
    regions.map(({ mask, words }) =>
      fitMask(regionLabel(words), leaveOut("regions", words), mask, inversion),
    ),
  );
  const marked = bySize((height, width) => sharesOfMasks(masks, height, width));
  const opened = open && bySize((height, width) => poolMask(open, height, width));
  const softOf = (region: PlannedRegion, inverted: number): SoftMask =>
    bySize(maskOfWords(wordMap(inversion, inverted, region.tokens)));
  const taus = regions.map(({ settings }) => settings.maskThreshold);
  const at = (inverted: number): RegionShares => {
    const words = regions.map((region) => (region.mask ? null : softOf(region, inverted)));
    return (height, width) => {
      const byHand = marked(height, width);
      const byWords = ownersOf(
        words.map((word) => word?.(height, width) ?? null),
        taus,
      );
      const taken = given(byHand);
      const free = opened ? [opened(height, width)] : [];
      const outside = (own: number, hands: readonly number[]): number =>
        own * Math.max(0, 1 - hands.reduce((sum, value) => sum + value, 0));
      return regions.map((_, r) => {
        const own =
          byHand[r] ?? combine([byWords[r]!, ...taken], ([word, ...hands]) => outside(word!, hands));
        return combine([own, ...free], (values) => values.reduce((product, value) => product * value));
      });
    };
  };
  const soft = (inverted: number): SoftMask => {
    const words = regions.map((region) => (region.mask ? null : softOf(region, inverted)));
    return (height, width) => {
      const byHand = marked(height, width);
      return combine(
        words.map((word, r) => word?.(height, width) ?? byHand[r]!),
        (values) => Math.max(...values),
      );
    };
  };
  const unseenAt = (inverted: number): RegionShares => {
    const own = at(inverted);
    const named = regions.map((region) => softOf(region, inverted));
    return (height, width) => {
      const shares = own(height, width);
      const alike = named.map((word) => threshold(word(height, width), ALIKE));
      return regions.map((_, r) =>
        combine([...shares, alike[r]!], (values) => {
          const all = values.slice(0, -1).reduce((sum, value) => sum + value, 0);
          return Number(values[r] === 0 && (all > MOSTLY || values.at(-1)! > 0));
        }),
      );
    };
  };
  return { at, unseenAt, soft, fixed: regions.every(({ mask }) => mask !== null) };
}

/**
 * Refuses, before any work, regions that do not fit a clip, and those that are nowhere. Throws FateZeroError `mask-length`,
 * `mask-shape`, `region-conflict`.
 */
export function checkFitted(
  regions: readonly PlannedRegion[],
  inversion: Inversion,
  open: FloatTensor | null,
): void {
  const { at, fixed } = fitRegions(regions, inversion, open);
  const [height, width] = inversion.latents.shape.slice(-2) as [number, number];
  const seen = regions.map(() => false);
  for (let inverted = 0; inverted < (fixed ? 1 : inversion.steps); inverted++) {
    for (const [r, share] of at(inverted)(height, width).entries())
      seen[r] ||= share.data.some((value) => value > 0);
    if (seen.every(Boolean)) return;
  }
  throw coveredRegion(regions[seen.indexOf(false)]!.words);
}

/** A sum over all regions, each with a weight of its own, and over what they leave: [F, height, width]. */
export function weighShares(
  shares: readonly FloatTensor[],
  weights: readonly number[],
  rest: FloatTensor | number,
): FloatTensor {
  return combine([...shares, ...(typeof rest === "number" ? [] : [rest])], (values) => {
    const own = values.slice(0, shares.length);
    const left = Math.max(0, 1 - own.reduce((sum, value) => sum + value, 0));
    const of = typeof rest === "number" ? rest : values.at(-1)!;
    return own.reduce((sum, value, r) => sum + value * weights[r]!, left * of);
  });
}

/** Shares of one step for latents [F, C, h, w] by resolution level, regions last: [F, positions, R]. */
export function sharesByLevel(
  shares: RegionShares,
  levels: readonly number[],
  { shape }: Pick<FloatTensor, "shape">,
): Map<number, FloatTensor> {
  const [h, w] = shape.slice(-2) as [number, number];
  return new Map(
    levels.map((level) => {
      const [height, width] = [h / 2 ** level, w / 2 ** level];
      const regions = shares(height, width);
      const out = floatTensor([regions[0]!.shape[0]!, height * width, regions.length]);
      for (const [r, { data }] of regions.entries())
        for (const [i, value] of data.entries()) out.data[i * regions.length + r] = value;
      return [level, out];
    }),
  );
}
