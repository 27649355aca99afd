import type { JsonObject } from "../checkpoint/index.ts";
import { FateZeroError } from "../errors.ts";

const { fround, sqrt } = Math;

/** Noise variances β of every training timestep, as the scheduler_config.json of diffusers describes them. */
function configuredBetas(config: JsonObject, count: number): Float32Array {
  const number = (key: string, fallback: number): number => Number(config[key] ?? fallback);
  const start = number("beta_start", 0.0001);
  const end = number("beta_end", 0.02);
  const kind = String(config.beta_schedule ?? "linear");
  if (Array.isArray(config.trained_betas)) return Float32Array.from(config.trained_betas as number[]);
  const linear = (from: number, to: number): Float32Array =>
    Float32Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));
  if (kind === "linear") return linear(start, end);
  if (kind === "scaled_linear") return linear(sqrt(start), sqrt(end)).map((root) => root * root);
  throw new FateZeroError(
    "scheduler-unsupported",
    `The scheduler's beta_schedule "${kind}" is not known here.`,
    'Known ones are "linear" and "scaled_linear".',
  );
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
export function alphasCumprodOf(config: JsonObject, count: number): Float32Array {
  const betas = configuredBetas(config, count);
  return cumulative(config.rescale_betas_zero_snr === true ? rescaleToZeroSnr(betas) : betas);
}
