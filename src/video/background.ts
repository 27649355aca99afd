import { FateZeroError } from "../errors.ts";

/** What shows through transparent parts, each 0…255; `"none"`: the colours stored there, transparency ignored. */
export type Background = readonly [red: number, green: number, blue: number] | "none";

const NAMES: Record<string, Background> = { white: [255, 255, 255], black: [0, 0, 0], none: "none" };

/**
 * A background as text: `#rrggbb`, `#rgb`, `white`, `black`, or `none`. Default `white`, as pages show transparent
 * pictures. Throws FateZeroError `bad-background`.
 */
export function parseBackground(text = "white"): Background {
  const named = Object.hasOwn(NAMES, text.toLowerCase()) ? NAMES[text.toLowerCase()] : undefined;
  if (named) return named;
  const digits = /^#([\da-f]{3}|[\da-f]{6})$/i.exec(text)?.[1];
  if (digits === undefined) {
    throw new FateZeroError(
      "bad-background",
      `"${text}" is not a background colour.`,
      'Give "#rrggbb", "white", "black", or "none" to ignore transparency.',
    );
  }
  const long = digits.length === 3 ? [...digits].flatMap((digit) => [digit, digit]).join("") : digits;
  const byte = (at: number) => Number.parseInt(long.slice(at, at + 2), 16);
  return [byte(0), byte(2), byte(4)];
}

/** Puts a picture (0…255, three values a pixel, not premultiplied) over a background, in place. `alpha` is 0…1. */
export function composeOver(
  data: Float32Array,
  alpha: (pixel: number) => number,
  background: Background,
): void {
  if (background === "none") return;
  for (let p = 0, s = 0; s < data.length; p++, s += 3) {
    const a = alpha(p);
    if (a === 1) continue;
    for (let c = 0; c < 3; c++) data[s + c] = background[c]! + a * (data[s + c]! - background[c]!);
  }
}
