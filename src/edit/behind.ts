import { scenesOf } from "../attention/index.ts";
import { type FloatTensor, floatTensor, slice0 } from "../tensor/index.ts";

/** How far around a position two frames are compared, in positions. */
const AROUND = 3;
/** Root mean square difference around it, as a share of the latents' spread, up to which both show the same place. */
const SAME = 0.35;

/** Standard deviation of all values. */
function spreadOf({ data }: FloatTensor): number {
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  return Math.sqrt(data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length);
}

/**
 * For every position of a hole [F, h, w] of a scene the frame that shows what is behind, −1 where none does or where there is no hole:
 * the nearest frame in which the position lies outside its hole and whose surroundings, where both frames show them, look
 * alike. `clean` are the clip's clean latents [F, C, h, w].
 */
function behindInScene(hole: FloatTensor, clean: FloatTensor): Int32Array {
  const [frames, channels, height, width] = clean.shape as [number, number, number, number];
  const pixels = height * width;
  const limit = (SAME * spreadOf(clean)) ** 2;

  const looksAlike = (f: number, k: number, y: number, x: number): boolean => {
    let sum = 0;
    let count = 0;
    for (let v = Math.max(0, y - AROUND); v <= Math.min(height - 1, y + AROUND); v++) {
      for (let u = Math.max(0, x - AROUND); u <= Math.min(width - 1, x + AROUND); u++) {
        const p = v * width + u;
        if (hole.data[f * pixels + p]! > 0 || hole.data[k * pixels + p]! > 0) continue;
        for (let c = 0; c < channels; c++) {
          const [a, b] = [(f * channels + c) * pixels + p, (k * channels + c) * pixels + p];
          sum += (clean.data[a]! - clean.data[b]!) ** 2;
        }
        count += channels;
      }
    }
    return count > 0 && sum <= limit * count;
  };

  const nearest = Array.from({ length: frames }, (_, f) =>
    Array.from({ length: frames }, (_, k) => k)
      .filter((k) => k !== f)
      .sort((a, b) => Math.abs(a - f) - Math.abs(b - f)),
  );
  return Int32Array.from(hole.data, (inside, i) => {
    if (inside === 0) return -1;
    const f = Math.floor(i / pixels);
    const p = i % pixels;
    const shows = (k: number): boolean =>
      hole.data[k * pixels + p] === 0 && looksAlike(f, k, Math.floor(p / width), p % width);
    return nearest[f]!.find(shows) ?? -1;
  });
}

/** The same of a clip, each scene by itself: another one shows another place. */
export function framesBehind(
  hole: FloatTensor,
  clean: FloatTensor,
  cuts: readonly number[] = [],
): Int32Array {
  const behind = scenesOf(clean.shape[0]!, cuts).map(({ from, to }) =>
    behindInScene(slice0(hole, from, to), slice0(clean, from, to)).map((k) => (k < 0 ? k : from + k)),
  );
  return Int32Array.from(behind.flatMap((each) => [...each]));
}

/** Latents [F, C, h, w] with what other frames show behind a hole in its place. */
export function withBehind(latents: FloatTensor, behind: Int32Array): FloatTensor {
  const [frames, channels, height, width] = latents.shape as [number, number, number, number];
  const pixels = height * width;
  const out = floatTensor(latents.shape, latents.data.slice());
  for (let f = 0; f < frames; f++) {
    for (let p = 0; p < pixels; p++) {
      const from = behind[f * pixels + p]!;
      if (from < 0) continue;
      for (let c = 0; c < channels; c++)
        out.data[(f * channels + c) * pixels + p] = latents.data[(from * channels + c) * pixels + p]!;
    }
  }
  return out;
}
