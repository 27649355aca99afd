import type { ScheduleConfig } from "./config.ts";

const { fround, sqrt } = Math;

/** Noise variances β of every training timestep, as the scheduler_config.json of diffusers describes them. */
function configuredBetas({ trained, betas }: ScheduleConfig): Float32Array {
  if (betas.kind === "trained_betas") return Float32Array.from(betas.list);
  const linear = (from: number, to: number): Float32Array =>
    Float32Array.from({ length: trained }, (_, i) => from + ((to - from) * i) / Math.max(1, trained - 1));
  if (betas.kind === "linear") return linear(betas.start, betas.end);
  return linear(sqrt(betas.start), sqrt(betas.end)).map((root) => root * root);
}

/** ᾱ = Π(1 − β), in float32 where the original's is. */
function cumulative(betas: Float32Array): Float32Array {
  let product = 1;
  return betas.map((beta) => {
    product = fround(product * fround(1 - beta));
    return product;
  });
}

/**
 * β with which the last timestep holds no signal at all: √ᾱ shifted so that it ends at 0 and scaled so that it begins
 * where it began (Lin et al. 2024, Algorithm 1).
 */
function rescaleToZeroSnr(betas: Float32Array): Float32Array {
  const signal = cumulative(betas).map(sqrt);
  const first = signal[0]!;
  const last = signal[signal.length - 1]!;
  const scale = fround(first / fround(first - last));
  const bar = signal.map((value) => {
    const root = fround(fround(value - last) * scale);
    return root * root;
  });
  return bar.map((value, i) => 1 - (i === 0 ? value : fround(value / bar[i - 1]!)));
}

/** ᾱ of every training timestep, 0…T−1. */
export function alphasCumprodOf(config: ScheduleConfig): Float32Array {
  const betas = configuredBetas(config);
  return cumulative(config.zeroSnr ? rescaleToZeroSnr(betas) : betas);
}
