import { printable } from "../printable.ts";
import { type Canvas, type Color, createCanvas } from "./canvas.ts";
import { drawStrokes, type Point } from "./stroke.ts";
import { drawText, textWidth } from "./text.ts";

/** What a picture is made of, in pixels: it can be drawn, and written as SVG. */
export type Shape =
  | {
      readonly kind: "strokes";
      readonly strokes: readonly (readonly Point[])[];
      readonly pen: number;
      readonly color: Color;
    }
  | {
      readonly kind: "dots";
      readonly at: readonly Point[];
      readonly radius: number;
      readonly color: Color;
    }
  | {
      readonly kind: "text";
      readonly text: string;
      /** The left end, the middle or the right end of the text, and the top of its capitals. */
      readonly at: Point;
      readonly anchor: "start" | "middle" | "end";
      /** Height of a capital. */
      readonly size: number;
      readonly color: Color;
    };

export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly background: Color;
  /** What the picture shows, for those who do not see it. */
  readonly title: string;
  readonly shapes: readonly Shape[];
}

/** Share of a font's size that its capitals are high, in most fonts without serifs. */
const CAPITALS = 0.72;

/** Share of a text's width that is left of where it is anchored. */
const BEFORE = { start: 0, middle: 0.5, end: 1 } as const;

function drawShape(canvas: Canvas, shape: Shape): void {
  if (shape.kind === "text") {
    const { text, at, anchor, size, color } = shape;
    const left = at[0] - BEFORE[anchor] * textWidth(text, size);
    drawText(canvas, text, left, at[1], size, color);
  } else if (shape.kind === "dots") {
    const dots = shape.at.map((point) => [point, point]);
    drawStrokes(canvas, dots, 2 * shape.radius, shape.color);
  } else drawStrokes(canvas, shape.strokes, shape.pen, shape.color);
}

/** Draws the shapes, the later over the earlier. No font is needed. */
export function pictureOf({ width, height, background, shapes }: Drawing): Canvas {
  const canvas = createCanvas(width, height, background);
  for (const shape of shapes) drawShape(canvas, shape);
  return canvas;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text as it may stand in XML. What XML cannot hold becomes visible, or U+FFFD. */
function escapeXml(text: string): string {
  return printable(text)
    .replaceAll(/[&<>"]/g, (character) => ENTITIES[character]!)
    .replaceAll(/[\uFFFE\uFFFF]/g, "\uFFFD");
}

/** A colour as SVG and CSS write it. */
export type Paint = (color: Color) => string;

/** The colour itself. */
export const hexOf: Paint = (color) =>
  `#${color.map((value) => value.toString(16).padStart(2, "0")).join("")}`;

/** Hundredths of a pixel are enough. */
const short = (value: number): string => String(Number(value.toFixed(2)));

const pathOf = (points: readonly Point[]): string =>
  points.map(([x, y], i) => `${i === 0 ? "M" : "L"}${short(x)} ${short(y)}`).join("");

function elementsOf(shape: Shape, paint: Paint): string[] {
  const color = paint(shape.color);
  switch (shape.kind) {
    case "strokes": {
      const path = shape.strokes.map(pathOf).join("");
      return [
        `<path d="${path}" fill="none" stroke="${color}" stroke-width="${short(shape.pen)}" stroke-linecap="round" stroke-linejoin="round"/>`,
      ];
    }
    case "dots":
      return shape.at.map(
        ([x, y]) => `<circle cx="${short(x)}" cy="${short(y)}" r="${short(shape.radius)}" fill="${color}"/>`,
      );
    case "text": {
      const { text, at, anchor, size } = shape;
      const place = `x="${short(at[0])}" y="${short(at[1] + size)}"`;
      const look = `font-size="${short(size / CAPITALS)}" text-anchor="${anchor}" fill="${color}"`;
      return [`<text ${place} ${look}>${escapeXml(text)}</text>`];
    }
  }
}

/** The same picture as an SVG file. Its text is text, so that it can be read aloud, searched and copied. */
export function svgOf({ width, height, background, title, shapes }: Drawing, paint: Paint = hexOf): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="${paint(background)}"/>`,
    ...shapes.flatMap((shape) => elementsOf(shape, paint)),
    "</svg>",
    "",
  ].join("\n");
}
