import { FateZeroError } from "../errors.ts";
import { MAX_WORKING_SIDE } from "../limits.ts";
import { lower, say, the } from "../say.ts";

/**
 * The size at which the model works on a picture of `width` x `height` pixels: the shorter side becomes `shortSide`,
 * the longer keeps the aspect ratio, both are rounded to the nearest multiple of `multiple`, at least one multiple. Throws
 * FateZeroError `bad-size` where that is a picture that no model works on.
 */
export function fitToModel(
  width: number,
  height: number,
  shortSide: number,
  multiple: number,
): { width: number; height: number } {
  const scale = shortSide / Math.min(width, height);
  const round = (side: number) => Math.max(1, Math.round((side * scale) / multiple)) * multiple;
  const fitted = { width: round(width), height: round(height) };
  if (Math.max(fitted.width, fitted.height) <= MAX_WORKING_SIDE) return fitted;
  throw new FateZeroError(
    "bad-size",
    `A picture of ${width}x${height} pixels would be worked on at ${fitted.width}x${fitted.height}, and no side may be longer than ${MAX_WORKING_SIDE}.`,
    say`Cut its long side (${the("crop")}), or ${lower("size")}.`,
  );
}
