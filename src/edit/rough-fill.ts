import { type FloatTensor, floatTensor, randomSource } from "../tensor/index.ts";

/** Rounds of relaxation: what is known reaches across a hole of half the picture at the sizes of latents. */
const ROUNDS = 300;
/** Successive over-relaxation (Young 1954). */
const RELAXATION = 1.7;

/** Positions beside position p of a picture. */
function beside(p: number, height: number, width: number): number[] {
  const [x, y] = [p % width, Math.floor(p / width)];
  return [
    ...(x > 0 ? [p - 1] : []),
    ...(x < width - 1 ? [p + 1] : []),
    ...(y > 0 ? [p - width] : []),
    ...(y < height - 1 ? [p + width] : []),
  ];
}

/**
 * Latents [F, C, h, w] whose holes [F, h, w] are filled smoothly from their rims: each value is the mean of those beside it. A
 * frame without a rim keeps its own.
 */
export function roughFill(latents: FloatTensor, hole: FloatTensor): FloatTensor {
  const [frames, channels, height, width] = latents.shape as [number, number, number, number];
  const pixels = height * width;
  const out = floatTensor(latents.shape, latents.data.slice());
  for (let f = 0; f < frames; f++) {
    const inside = Array.from({ length: pixels }, (_, p) => p).filter((p) => hole.data[f * pixels + p]! > 0);
    const near = inside.map((p) => beside(p, height, width));
    const rim = [...new Set(near.flat())].filter((p) => hole.data[f * pixels + p] === 0);
    if (rim.length === 0) continue;
    for (let c = 0; c < channels; c++) {
      const plane = out.data.subarray((f * channels + c) * pixels, (f * channels + c + 1) * pixels);
      const mean = rim.reduce((sum, p) => sum + plane[p]!, 0) / rim.length;
      for (const p of inside) plane[p] = mean;
      for (let round = 0; round < ROUNDS; round++) {
        for (const [n, p] of inside.entries()) {
          const average = near[n]!.reduce((sum, q) => sum + plane[q]!, 0) / near[n]!.length;
          plane[p] = plane[p]! + RELAXATION * (average - plane[p]!);
        }
      }
    }
  }
  return out;
}

/** Clean latents [F, C, h, w] at the noise level ᾱ = `alpha`, with the same noise in every frame: √ᾱ·x₀ + √(1−ᾱ)·ε. */
export function atLevel(clean: FloatTensor, alpha: number): FloatTensor {
  const [frames, ...one] = clean.shape as [number, ...number[]];
  const noise = randomSource(0, "removal").normal(one).data;
  const [signal, deviation] = [Math.sqrt(alpha), Math.sqrt(1 - alpha)];
  return floatTensor(
    [frames, ...one],
    clean.data.map((value, i) => signal * value + deviation * noise[i % noise.length]!),
  );
}
