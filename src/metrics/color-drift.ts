import type { Frame } from "../video/index.ts";
import { deltaE2000, type Lab, labOf } from "./lab.ts";
import type { PixelWeight } from "./psnr.ts";

/** How far the mean colour of a part is from the source's, in CIEDE2000: about 1 is just seen side by side. */
export interface ColorDrift {
  /** Each frame's; null where no pixel counts. */
  readonly frames: readonly (number | null)[];
  /** Over the frames that have one. */
  readonly mean: number;
  readonly max: number;
}

/** Mean of the pixels' CIELAB values, null where none counts. */
function meanLab({ data }: Frame, weight: (i: number) => number): Lab | null {
  const sum: [number, number, number] = [0, 0, 0];
  let total = 0;
  for (let i = 0; i < data.length / 3; i++) {
    const w = weight(i);
    if (w === 0) continue;
    const [l, a, b] = labOf(data[3 * i]!, data[3 * i + 1]!, data[3 * i + 2]!);
    sum[0] += w * l;
    sum[1] += w * a;
    sum[2] += w * b;
    total += w;
  }
  return total === 0 ? null : [sum[0] / total, sum[1] / total, sum[2] / total];
}

/**
 * Colour drift of a part of a clip against its source: per frame the CIEDE2000 difference of the part's mean colours in
 * CIELAB (D65), ≥ 0, equal clips 0. Noise and moved detail cancel out in the means; a tint or another brightness does not.
 * Null if no pixel of any frame counts.
 */
export function colorDrift(
  source: readonly Frame[],
  edited: readonly Frame[],
  weight: PixelWeight = () => 1,
): ColorDrift | null {
  const frames = source.map((frame, f) => {
    const before = meanLab(frame, (i) => weight(f, i));
    const after = meanLab(edited[f]!, (i) => weight(f, i));
    return before && after && deltaE2000(before, after);
  });
  const known = frames.filter((drift) => drift !== null);
  if (known.length === 0) return null;
  const mean = known.reduce((sum, drift) => sum + drift, 0) / known.length;
  return { frames, mean, max: known.reduce((most, drift) => Math.max(most, drift)) };
}
