import { FateZeroError } from "../errors.ts";
import type { FloatTensor } from "../tensor/index.ts";

/** Throws when a step produced NaN or Inf, and names the step. */
export function checkFinite(tensor: FloatTensor, phase: string, step: number, timestep: number | null): void {
  if (tensor.data.every(Number.isFinite)) return;
  const at = timestep === null ? "" : ` (timestep ${timestep})`;
  throw new FateZeroError(
    "not-finite",
    `Step ${step} of ${phase}${at} gave values that are not finite numbers.`,
    "The checkpoint may be damaged, or an amplification or the guidance scale too large.",
  );
}

/** Throws unless `value` is a finite number in the range. */
export function checkNumber(name: string, value: number, min: number, max: number): number {
  if (typeof value === "number" && value >= min && value <= max) return value;
  const range = max === Number.POSITIVE_INFINITY ? `at least ${min}` : `from ${min} to ${max}`;
  throw new FateZeroError("bad-option", `${name} is ${value}.`, `It must be a number ${range}.`);
}
