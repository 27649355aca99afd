import type { Frame } from "../video/index.ts";

/** What brings a channel of one picture to that of another: value · gain + offset, on the scale 0…255. */
export interface ChannelMatch {
  readonly gain: number;
  readonly offset: number;
}

/** Of red, green and blue. */
export type ColorMatch = readonly [ChannelMatch, ChannelMatch, ChannelMatch];

/** So many pixels weigh as much as the belief that nothing drifted. */
const PRIOR_PIXELS = 16;
/** Spread of the values (standard deviation) below which a gain says little. */
const PRIOR_SPREAD = 8;
/** Gains beyond these are no drift. */
const GAINS = [0.5, 2] as const;
/** Rounds of the fit: each leaves out what the last one explains worst. */
const ROUNDS = 3;
/** Residuals beyond so many times their median are of what was edited, not of what was kept. */
const OUTLIER = 3;
/** Least value on 0…255 that counts as an outlier: noise of coding lies below. */
const LEAST_OUTLIER = 4;

/** So many pixels are looked at, evenly spread: more tell nothing new. */
const MOST_PIXELS = 40_000;

const UNCHANGED: ChannelMatch = { gain: 1, offset: 0 };

function median(values: Float64Array): number {
  return values.sort()[Math.floor(values.length / 2)] ?? 0;
}

/** Least squares of `to` over `from` at the pixels `at`, drawn to "unchanged" where they are few or of one colour. */
function fitChannel(from: Frame, to: Frame, c: number, at: readonly number[]): ChannelMatch {
  const n = at.length;
  let [sumFrom, sumTo] = [0, 0];
  for (const i of at) {
    sumFrom += from.data[3 * i + c]!;
    sumTo += to.data[3 * i + c]!;
  }
  const [meanFrom, meanTo] = [sumFrom / n, sumTo / n];
  let [variance, covariance] = [0, 0];
  for (const i of at) {
    const d = from.data[3 * i + c]! - meanFrom;
    variance += d * d;
    covariance += d * (to.data[3 * i + c]! - meanTo);
  }
  const prior = PRIOR_PIXELS * PRIOR_SPREAD ** 2;
  const gain = Math.min(GAINS[1], Math.max(GAINS[0], (covariance + prior) / (variance + prior)));
  const shift = ((meanTo - meanFrom) * n) / (n + PRIOR_PIXELS);
  return { gain, offset: meanFrom + shift - gain * meanFrom };
}

/** The pixels that a match explains, those of an edit beyond its mask left out. */
function explained(from: Frame, to: Frame, c: number, at: readonly number[], { gain, offset }: ChannelMatch) {
  const residuals = Float64Array.from(at, (i) =>
    Math.abs(from.data[3 * i + c]! * gain + offset - to.data[3 * i + c]!),
  );
  const limit = Math.max(LEAST_OUTLIER, OUTLIER * median(residuals.slice()));
  return at.filter((_, k) => residuals[k]! <= limit);
}

function matchChannel(from: Frame, to: Frame, c: number, kept: readonly number[]): ChannelMatch {
  if (kept.length === 0) return UNCHANGED;
  const shift = median(Float64Array.from(kept, (i) => to.data[3 * i + c]! - from.data[3 * i + c]!));
  let match: ChannelMatch = { gain: 1, offset: shift };
  for (let round = 0; round < ROUNDS; round++)
    match = fitChannel(from, to, c, explained(from, to, c, kept, match));
  return match;
}

/**
 * The affine map of each channel that brings `edited` to `source` where both show the same: at the pixels where `kept` is
 * above ½. What differs there all the same (an edit beyond its mask) is left out of the fit, and few pixels, or such of one
 * colour, hardly move anything.
 */
export function matchColors(edited: Frame, source: Frame, kept: ArrayLike<number>): ColorMatch {
  const all: number[] = [];
  for (let i = 0; i < kept.length; i++) if (kept[i]! > 0.5) all.push(i);
  const every = Math.ceil(all.length / MOST_PIXELS);
  const at = all.filter((_, k) => k % every === 0);
  return [0, 1, 2].map((c) => matchChannel(edited, source, c, at)) as unknown as ColorMatch;
}

/** A frame in other colours, in floats. */
export function applyColors({ width, height, data }: Frame, match: ColorMatch): Frame {
  const out = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const { gain, offset } = match[i % 3]!;
    out[i] = Math.min(255, Math.max(0, data[i]! * gain + offset));
  }
  return { width, height, data: out };
}
