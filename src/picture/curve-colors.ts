import type { Color } from "./canvas.ts";
import { hexOf, type Paint } from "./shapes.ts";

type Name = "background" | "ink" | "faint" | "grid" | "axis" | "thin" | "bold" | "dots";

/** Lines are told apart by people who see no red or no green, and by their shapes; each at least 3:1 against the background. */
export const COLORS: Readonly<Record<Name, Color>> = {
  background: [255, 255, 255],
  ink: [32, 36, 44],
  faint: [88, 94, 106],
  grid: [225, 228, 233],
  axis: [140, 146, 158],
  thin: [122, 148, 190],
  bold: [20, 66, 150],
  dots: [190, 72, 8],
};

const DARK: Readonly<Record<Name, Color>> = {
  background: [28, 32, 39],
  ink: [232, 234, 238],
  faint: [172, 178, 188],
  grid: [52, 58, 68],
  axis: [120, 127, 139],
  thin: [150, 172, 208],
  bold: [122, 178, 255],
  dots: [255, 150, 86],
};

const NAMES = Object.keys(COLORS) as Name[];

/** A colour that a page may say otherwise. */
export const inPage: Paint = (color) => {
  const name = NAMES.find((key) => COLORS[key] === color);
  return name === undefined ? hexOf(color) : `var(--curve-${name},${hexOf(color)})`;
};

/** The colours of curves on a dark page, as CSS declarations. */
export const DARK_CURVES: string = NAMES.map((name) => `--curve-${name}:${hexOf(DARK[name])}`).join(";");
