/**
 * The size at which the model works on a picture of `width` x `height` pixels: the shorter side becomes `shortSide`,
 * the longer keeps the aspect ratio, both are rounded to the nearest multiple of `multiple`, at least one multiple.
 */
export function fitToModel(
  width: number,
  height: number,
  shortSide: number,
  multiple: number,
): { width: number; height: number } {
  const scale = shortSide / Math.min(width, height);
  const round = (side: number) => Math.max(1, Math.round((side * scale) / multiple)) * multiple;
  return { width: round(width), height: round(height) };
}
