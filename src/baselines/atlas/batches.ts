import type { ClipFlow } from "../../metrics/index.ts";
import { type FloatTensor, floatTensor, type RandomSource, randomSource } from "../../tensor/index.ts";
import type { Frame } from "../../video/index.ts";
import { type AtlasTerm, TERMS } from "./objective.ts";

/** What an atlas is fitted to. */
export interface AtlasData {
  readonly frames: readonly Frame[];
  /** The object's mask in each frame, 0…1 for each pixel. */
  readonly masks: readonly Float32Array[] | null;
  readonly flow: ClipFlow;
}

/** A pixel that was drawn. */
interface Pixel {
  readonly x: number;
  readonly y: number;
  readonly t: number;
}

/** Writes pixels as the networks see them: both axes by the longer side, so that −1…1 holds the picture, and t by the number of frames. */
export function writePoint(
  to: Float32Array,
  row: number,
  { x, y, t }: Pixel,
  { frames }: Pick<AtlasData, "frames">,
): void {
  const [{ width, height }] = frames as readonly [Frame];
  const half = Math.max(width, height) / 2;
  to[3 * row] = x / half - 1;
  to[3 * row + 1] = y / half - 1;
  to[3 * row + 2] = t / (frames.length / 2) - 1;
}

/** Where a pixel is in the next or the frame before, whichever is drawn; null if it is not seen there. */
function matchOf({ x, y, t }: Pixel, { flow, frames }: AtlasData, random: RandomSource): Pixel | null {
  const isForward = random.uniform() < 0.5;
  const pair = flow[isForward ? t : t - 1];
  if (!pair) return null;
  const [{ width }] = frames as readonly [Frame];
  const i = y * width + x;
  const { u, v } = isForward ? pair.forward : pair.backward;
  const seen = isForward ? pair.seenAfter : pair.seenBefore;
  return seen[i] ? { x: x + u[i]!, y: y + v[i]!, t: t + (isForward ? 1 : -1) } : null;
}

/** Random pixels with all that the loss asks about them, as `objectiveGraph` is fed. The same for the same seed and step. */
export function drawBatch(
  data: AtlasData,
  { seed, step, samples, distance }: BatchOptions,
): Readonly<Record<"points" | "colors" | "mask" | "matched", FloatTensor>> {
  const [{ width, height }] = data.frames as readonly [Frame];
  const random = randomSource(seed, "atlas", step);
  const lists = distance === null ? 4 : 6;
  const points = new Float32Array(3 * lists * samples);
  const colors = new Float32Array(9 * samples);
  const mask = new Float32Array(3 * samples);
  const matched = new Float32Array(samples);
  const show = (row: number, { x, y, t }: Pixel): void => {
    const i = y * width + x;
    const { data: values } = data.frames[t]!;
    for (let c = 0; c < 3; c++) colors[3 * row + c] = values[3 * i + c]! / 255;
    mask[row] = data.masks?.[t]?.[i] ?? 0;
  };
  for (let row = 0; row < samples; row++) {
    const t = random.below(data.frames.length);
    // All three lie in the picture.
    const here = { x: random.below(width - 1), y: random.below(height - 1), t };
    const seen = [here, { ...here, x: here.x + 1 }, { ...here, y: here.y + 1 }];
    for (const [k, pixel] of seen.entries()) show(k * samples + row, pixel);
    const match = matchOf(here, data, random);
    matched[row] = match ? 1 : 0;
    const far =
      distance === null
        ? []
        : [
            { ...here, x: here.x - distance },
            { ...here, y: here.y - distance },
          ];
    for (const [k, pixel] of [...seen, match ?? here, ...far].entries())
      writePoint(points, k * samples + row, pixel, data);
  }
  return {
    points: floatTensor([lists * samples, 3], points),
    colors: floatTensor([3 * samples, 3], colors),
    mask: floatTensor([3 * samples, 1], mask),
    matched: floatTensor([samples, 1], matched),
  };
}

export interface BatchOptions {
  readonly seed: number;
  readonly step: number | string;
  readonly samples: number;
  /** Pixels to the ones that global rigidity asks about; null if it does not. */
  readonly distance: number | null;
}

/** The weights of the terms as the graph is fed them. */
export function weightList(weights: Readonly<Record<AtlasTerm, number>>): FloatTensor {
  return floatTensor(
    [TERMS.length],
    Float32Array.from(TERMS, (term) => weights[term]),
  );
}
