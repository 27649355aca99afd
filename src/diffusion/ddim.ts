import { alphaAt, alphaBelow, type Schedule } from "./schedule.ts";

/** x at another noise level, by the clean x₀ and noise ε that the prediction implies at the level it was made for. */
function move(
  schedule: Schedule,
  x: Float32Array,
  prediction: Float32Array,
  alphaFrom: number,
  alphaTo: number,
): Float32Array {
  const signal = Math.sqrt(alphaFrom);
  const noise = Math.sqrt(1 - alphaFrom);
  const signalTo = Math.sqrt(alphaTo);
  const noiseTo = Math.sqrt(1 - alphaTo);
  const isNoise = schedule.prediction === "epsilon";
  return x.map((value, i) => {
    const p = prediction[i]!;
    const clean = isNoise ? (value - noise * p) / signal : signal * value - noise * p;
    const epsilon = isNoise ? p : signal * p + noise * value;
    return signalTo * clean + noiseTo * epsilon;
  });
}

/**
 * One deterministic DDIM step towards clean latents: x at `timestep` → x at the level below it (Song et al. 2021,
 * Eq. 12 with σ = 0).
 */
export function ddimStep(
  schedule: Schedule,
  x: Float32Array,
  prediction: Float32Array,
  timestep: number,
): Float32Array {
  return move(schedule, x, prediction, alphaAt(schedule, timestep), alphaBelow(schedule, timestep));
}

/**
 * One DDIM inversion step towards noise: x at the level below `timestep` → x at `timestep`, with the prediction made for
 * `timestep` on x as it is (paper §3.1; the released code's `next_clean2noise_step`).
 */
export function ddimInversionStep(
  schedule: Schedule,
  x: Float32Array,
  prediction: Float32Array,
  timestep: number,
): Float32Array {
  return move(schedule, x, prediction, alphaBelow(schedule, timestep), alphaAt(schedule, timestep));
}

/** Classifier-free guidance (Ho & Salimans 2022): unconditional + scale · (conditional − unconditional). */
export function guide(unconditional: Float32Array, conditional: Float32Array, scale: number): Float32Array {
  return unconditional.map((u, i) => u + scale * (conditional[i]! - u));
}
