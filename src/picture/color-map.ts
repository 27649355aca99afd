import { interpolateViridis } from "d3-scale-chromatic";
import type { Color } from "./canvas.ts";

/** Colours for numbers from 0 to 1; equal steps look equal, and lightness alone tells more from less. */
export type ColorMap = (value: number) => Color;

/** Colours that a map is made of. */
const ENTRIES = 256;

function tableOf(interpolate: (value: number) => string): ColorMap {
  const table = Array.from({ length: ENTRIES }, (_, i): Color => {
    const hex = Number.parseInt(interpolate(i / (ENTRIES - 1)).slice(1), 16);
    return [hex >> 16, (hex >> 8) & 255, hex & 255];
  });
  return (value) => table[Math.round(Math.min(1, Math.max(0, value || 0)) * (ENTRIES - 1))]!;
}

/** Violet over green to yellow. */
export const viridis: ColorMap = tableOf(interpolateViridis);
