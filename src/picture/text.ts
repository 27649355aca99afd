import type { Canvas, Color } from "./canvas.ts";
import { GLYPHS, UNKNOWN } from "./glyphs.ts";
import { drawStrokes, type Point } from "./stroke.ts";

interface Glyph {
  readonly strokes: readonly (readonly Point[])[];
  /** Columns of the grid from its left to its right end. */
  readonly width: number;
}

/** Grid units from one letter to the next, of a blank, and of a capital's height. */
const SPACING = 2.8;
const BLANK = 3.6;
const CAPITAL = 9;
/** Stroke width in grid units. */
const PEN = 1.15;
/** Times that the corners of a curve are cut (Chaikin 1974). */
const SMOOTHING = 3;

/** Cuts the corners of a line, its ends aside; a closed one has no ends. */
function smooth(points: readonly Point[], closed: boolean): Point[] {
  const next = closed ? [...points, points[0]!] : points;
  const cut = next.slice(1).flatMap(([x, y], i): Point[] => {
    const [u, v] = next[i]!;
    return [
      [0.75 * u + 0.25 * x, 0.75 * v + 0.25 * y],
      [0.25 * u + 0.75 * x, 0.25 * v + 0.75 * y],
    ];
  });
  return closed ? cut : [points[0]!, ...cut.slice(1, -1), points.at(-1)!];
}

function strokeOf(code: string): Point[] {
  const kind = code[0] === "~" || code[0] === "o" ? code[0] : "";
  const digits = code.slice(kind.length);
  let points: Point[] = [];
  for (let i = 0; i < digits.length; i += 2) {
    points.push([Number.parseInt(digits[i]!, 16), Number.parseInt(digits[i + 1]!, 16)]);
  }
  if (kind === "") return points;
  for (let i = 0; i < SMOOTHING; i++) points = smooth(points, kind === "o");
  return kind === "o" ? [...points, points[0]!] : points;
}

function glyphOf(character: string): Glyph {
  // Accents are left out: "é" is drawn as "e".
  const base = character.normalize("NFD")[0] ?? character;
  const code = GLYPHS[character] ?? GLYPHS[base] ?? UNKNOWN;
  const strokes = code.split(" ").map(strokeOf);
  // Corners of a curve count: its rounding takes the ink away from them, the place stays.
  const columns = code.replace(/[~o ]/g, "").match(/../g) ?? [];
  return { strokes, width: Math.max(...columns.map((point) => Number.parseInt(point[0]!, 16))) };
}

function advance(character: string): number {
  return character === " " ? BLANK : glyphOf(character).width + SPACING;
}

/** Pixels that a text takes from left to right at a capital height of `size` pixels. */
export function textWidth(text: string, size: number): number {
  const units = [...text].reduce((sum, character) => sum + advance(character), 0);
  return Math.ceil(Math.max(0, units - SPACING + PEN) * (size / CAPITAL));
}

/** Draws one line of text; (x, y) is the top left of its capitals, `size` their height in pixels. */
export function drawText(
  canvas: Canvas,
  text: string,
  x: number,
  y: number,
  size: number,
  color: Color,
): void {
  const unit = size / CAPITAL;
  const pen = Math.max(1.1, PEN * unit);
  let at = x + pen / 2;
  for (const character of text) {
    if (character !== " ") {
      const strokes = glyphOf(character).strokes.map((points) =>
        points.map(([u, v]): Point => [at + u * unit, y + v * unit]),
      );
      drawStrokes(canvas, strokes, pen, color);
    }
    at += advance(character) * unit;
  }
}

/** Breaks a text at blanks into lines of at most `width` pixels, unless one word is wider. */
export function wrapText(text: string, size: number, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && textWidth(longer, size) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return line === "" ? lines : [...lines, line];
}

/** A text, or as much of it as fits with an ellipsis. */
function cutText(text: string, size: number, width: number): string {
  const ellipsis = textWidth("…", size);
  let [pixels, kept] = [0, ""];
  for (const character of text) {
    pixels += advance(character) * (size / CAPITAL);
    if (pixels > width) return `${kept.trimEnd()}…`;
    if (pixels + ellipsis <= width) kept += character;
  }
  return text;
}

/** Breaks a text into at most so many lines of at most `width` pixels; what does not fit is cut, with an ellipsis. */
export function fitText(text: string, size: number, width: number, lines: number): string[] {
  const all = wrapText(text, size, width);
  const rest = all.slice(lines - 1).join(" ");
  return [...all.slice(0, lines - 1), ...(rest === "" ? [] : [rest])].map((line) =>
    cutText(line, size, width),
  );
}
