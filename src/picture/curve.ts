import type { Frame } from "../video/index.ts";
import type { Color } from "./canvas.ts";
import { COLORS, inPage } from "./curve-colors.ts";
import { type Drawing, pictureOf, type Shape, svgOf } from "./shapes.ts";
import type { Point } from "./stroke.ts";
import { fitText, textWidth } from "./text.ts";
import { powerRange, powerTicks, roundRange, type Ticks, ticksBetween } from "./ticks.ts";

/** How a line looks: every value, what they come to, or values that were looked at now and then. */
export type CurveStyle = "thin" | "bold" | "dots";

/** Values by steps. */
export interface CurveLine {
  readonly name: string;
  readonly style: CurveStyle;
  /** In their order; values that are no numbers leave a gap. */
  readonly points: readonly (readonly [step: number, value: number])[];
}

/** Lines over steps, such as a loss while it falls. */
export interface Curve {
  readonly title: string;
  /** What is counted from left to right, and what from below. */
  readonly x: string;
  readonly y: string;
  /** Equal heights are equal factors, where every value is above zero: for what spans powers of ten. @default false */
  readonly isLogarithmic?: boolean;
  readonly lines: readonly CurveLine[];
}

/** Pixels of a drawing, and of the pen of its thin lines. */
interface Size {
  readonly width: number;
  readonly height: number;
  readonly thin: number;
}

const SIZE: Size = { width: 960, height: 540, thin: 1.1 };
/** Two fit beside each other on a page, where thin lines are of few values. */
const SMALL: Size = { width: 560, height: 315, thin: 1.8 };
const MARGIN = 24;
const TITLE = 13;
const LETTER = 10;
const LINES_OF_TITLE = 2;
const LEADING = 1.9;
/** From the plot to the numbers of its axes. */
const AWAY = 10;
/** Pixels of a sample in the legend, from it to its name, and from a name to the next sample. */
const SAMPLE = [30, 8, 28] as const;

const LOOKS: Readonly<
  Record<CurveStyle, { readonly pen: number; readonly color: Color; readonly radius: number }>
> = {
  thin: { pen: SIZE.thin, color: COLORS.thin, radius: 0 },
  bold: { pen: 3, color: COLORS.bold, radius: 0 },
  dots: { pen: 1.6, color: COLORS.dots, radius: 4.5 },
};

/** Radius of a point that has no line to be part of. */
const LONE = 3;

/** Numbers that can be drawn; larger ones leave no room for arithmetic. */
const isDrawable = (value: number): boolean => Math.abs(value) <= 1e300;

interface Axes {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

function rangeOf(values: readonly number[]): readonly [number, number] {
  const [least, most] = values.reduce(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
  return values.length === 0 ? [0, 1] : [least, most];
}

/** How values are laid out: along themselves, or along their logarithms. */
interface Scale {
  readonly at: (value: number) => number;
  readonly range: (least: number, most: number) => readonly [number, number];
  readonly ticks: (least: number, most: number) => Ticks;
}

const LINEAR: Scale = { at: (value) => value, range: roundRange, ticks: ticksBetween };
const LOGARITHMIC: Scale = { at: Math.log10, range: powerRange, ticks: powerTicks };

/** The scale that was asked for, if the values let it. */
function scaleOf({ isLogarithmic, lines }: Curve): Scale {
  const values = lines.flatMap(({ points }) => points.map(([, value]) => value)).filter(isDrawable);
  return isLogarithmic && values.length > 0 && values.every((value) => value > 0) ? LOGARITHMIC : LINEAR;
}

/** The ranges of both axes: steps from zero if they begin near it, values between round numbers. */
function axesOf(lines: readonly CurveLine[], scale: Scale): Axes {
  const points = lines.flatMap((line) => line.points).filter((point) => point.every(isDrawable));
  const [first, last] = rangeOf(points.map(([step]) => step));
  const from = first >= 0 && first <= last * 0.05 + 1 ? 0 : first;
  return {
    x: [from, Math.max(last, from + 1)],
    y: scale.range(...rangeOf(points.map(([, value]) => value))),
  };
}

/** Runs of points without a gap. */
function runsOf({ points }: CurveLine, place: (step: number, value: number) => Point): Point[][] {
  const runs: Point[][] = [[]];
  for (const [step, value] of points) {
    if (isDrawable(step) && isDrawable(value)) runs.at(-1)!.push(place(step, value));
    else if (runs.at(-1)!.length > 0) runs.push([]);
  }
  return runs.filter((run) => run.length > 0);
}

/** A line as shapes. A point without neighbours is a dot, whatever the style. */
function shapesOf(style: CurveStyle, runs: readonly (readonly Point[])[], { thin }: Size): Shape[] {
  const { color, radius } = LOOKS[style];
  const pen = style === "thin" ? thin : LOOKS[style].pen;
  const strokes = runs.filter((run) => run.length > 1);
  const dots = radius > 0 ? runs.flat() : runs.filter((run) => run.length === 1).flat();
  return [
    ...(strokes.length > 0 ? [{ kind: "strokes", strokes, pen, color } as const] : []),
    ...(dots.length > 0 ? [{ kind: "dots", at: dots, radius: Math.max(radius, LONE), color } as const] : []),
  ];
}

type Place = (text: string, at: Point, anchor?: "start" | "middle" | "end", color?: Color) => Shape;

const label: Place = (text, at, anchor = "start", color = COLORS.faint) => ({
  ...{ kind: "text", text, at, anchor, size: LETTER, color },
});

/** The title in as many lines as it needs, cut after the second; and where the next thing may begin. */
function titleOf(
  title: string,
  { width }: Size,
): { readonly shapes: readonly Shape[]; readonly below: number } {
  const lines = fitText(title, TITLE, width - 2 * MARGIN, LINES_OF_TITLE);
  const leading = TITLE * LEADING;
  return {
    shapes: lines.map((text, i) => ({
      ...{ kind: "text", text, anchor: "start", size: TITLE, color: COLORS.ink },
      at: [MARGIN, MARGIN + i * leading],
    })),
    below: MARGIN + lines.length * leading,
  };
}

/** Samples of the lines with their names, from left to right, in as many rows as they need. */
function legendOf(lines: readonly CurveLine[], top: number, size: Size): ReturnType<typeof titleOf> {
  const [sample, toName, toNext] = SAMPLE;
  const shapes: Shape[] = [];
  let [left, y] = [MARGIN, top];
  for (const { name, style } of lines) {
    const [text = ""] = fitText(name, LETTER, size.width - 2 * MARGIN - sample - toName, 1);
    const width = sample + toName + textWidth(text, LETTER);
    if (left > MARGIN && left + width > size.width - MARGIN) [left, y] = [MARGIN, y + LETTER * LEADING];
    const middle = y + LETTER / 2;
    const ends: readonly Point[] = [
      [left, middle],
      [left + sample, middle],
    ];
    const { radius, color } = LOOKS[style];
    const line = shapesOf(style === "dots" ? "thin" : style, [ends], size);
    shapes.push(...line.map((shape) => ({ ...shape, color })));
    if (radius > 0) shapes.push({ kind: "dots", at: [[left + sample / 2, middle]], radius, color });
    shapes.push(label(text, [left + sample + toName, y], "start", COLORS.ink));
    left += width + toNext;
  }
  return { shapes, below: y + LETTER * LEADING };
}

/** What is not drawn, in words; null where all is. */
function leftOut(lines: readonly CurveLine[]): string | null {
  const points = lines.flatMap((line) => line.points);
  const gaps = points.filter((point) => !point.every(isDrawable)).length;
  if (points.length === 0) return "nothing was measured";
  return gaps === 0 ? null : `${gaps} of ${points.length} values ${gaps === 1 ? "is" : "are"} not finite`;
}

function layOut(curve: Curve, size: Size): Drawing {
  const { title, x, y, lines } = curve;
  const scale = scaleOf(curve);
  const axes = axesOf(lines, scale);
  const columns = ticksBetween(...axes.x, { whole: true });
  const rows = scale.ticks(...axes.y);
  const [low, high] = axes.y.map(scale.at) as [number, number];
  const head = titleOf(title, size);
  const legend = legendOf(lines, head.below + 4, size);
  const top = legend.below + 16 + LETTER * LEADING;
  const bottom = size.height - MARGIN - 2 * LETTER - AWAY - 8;
  const left = MARGIN + Math.max(...rows.labels.map((text) => textWidth(text, LETTER))) + AWAY;
  const right = size.width - MARGIN;
  const place = (step: number, value: number): Point => [
    left + ((step - axes.x[0]) / (axes.x[1] - axes.x[0])) * (right - left),
    bottom - ((scale.at(value) - low) / (high - low)) * (bottom - top),
  ];
  const [x0, y0] = [axes.x[0], axes.y[0]];
  const height = (value: number): number => place(x0, value)[1];
  const across = (step: number): number => place(step, y0)[0];
  const missing = leftOut(lines);
  return {
    ...{ width: size.width, height: size.height, background: COLORS.background, title },
    shapes: [
      ...head.shapes,
      ...legend.shapes,
      label(y, [left, legend.below + 8]),
      {
        ...{ kind: "strokes", pen: 1, color: COLORS.grid },
        strokes: rows.values.map((value): Point[] => [
          [left, height(value)],
          [right, height(value)],
        ]),
      },
      ...rows.values.map((value, i) =>
        label(rows.labels[i]!, [left - AWAY, height(value) - LETTER / 2], "end"),
      ),
      {
        ...{ kind: "strokes", pen: 1.2, color: COLORS.axis },
        strokes: [
          [
            [left, bottom],
            [right, bottom],
          ],
          ...columns.values.map((step): Point[] => [
            [across(step), bottom],
            [across(step), bottom + 5],
          ]),
        ],
      },
      ...columns.values.map((step, i) => label(columns.labels[i]!, [across(step), bottom + AWAY], "middle")),
      label(x, [(left + right) / 2, size.height - MARGIN - LETTER], "middle"),
      ...lines.flatMap((line) => shapesOf(line.style, runsOf(line, place), size)),
      ...(missing === null
        ? []
        : [label(missing, [right, size.height - MARGIN - LETTER], "end", COLORS.ink)]),
    ],
  };
}

/** A curve as an SVG file. */
export function curveSvg(curve: Curve): string {
  return svgOf(layOut(curve, SIZE));
}

/** A curve as an element of a page, 560x315 pixels, in the page's colours: `DARK_CURVES` has those of a dark one. */
export function curveElement(curve: Curve): string {
  return svgOf(layOut(curve, SMALL), inPage);
}

/** The same as a picture of 960x540 pixels. */
export function curvePicture(curve: Curve): Frame {
  return pictureOf(layOut(curve, SIZE));
}
