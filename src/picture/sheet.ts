import { type Frame, resizeFrame } from "../video/index.ts";
import { type Canvas, type Color, createCanvas, drawFrame, fillRectangle } from "./canvas.ts";
import type { Scale } from "./heat.ts";
import { drawText, textWidth, wrapText } from "./text.ts";

/** One row of a contact sheet. */
export interface SheetRow {
  readonly label: string;
  /** Smaller text below the label. */
  readonly note?: string;
  /** As many as the other rows have; a row may be shorter. */
  readonly frames: readonly Frame[];
  /** The legend of a row of heat maps, drawn at its right. */
  readonly scale?: Scale;
}

/** Pictures in rows and columns with labels. */
export interface Sheet {
  readonly title?: string;
  /** Above each column. */
  readonly columns?: readonly string[];
  readonly rows: readonly SheetRow[];
}

const BACKGROUND: Color = [255, 255, 255];
const INK: Color = [32, 36, 44];
const FAINT: Color = [112, 118, 130];

/** Pixels. */
const MARGIN = 16;
const GAP = 4;
const LABEL_GAP = 14;
const LABEL = 11;
const NOTE = 8;
const LABEL_WIDTH = 150;
const LINE = 1.75;
const BAR = 10;
/** Longer side of a tile: smaller frames are enlarged, larger ones reduced to it. */
const SMALLEST_TILE = 144;
const LARGEST_TILE = 240;

/** A frame in the size of a sheet's tiles: its own, if the longer side has 144 to 240 pixels. */
export function asTile(frame: Frame): Frame {
  const { width, height } = frame;
  const longer = Math.max(width, height);
  const factor = Math.min(LARGEST_TILE, Math.max(SMALLEST_TILE, longer)) / longer;
  const side = (length: number): number => Math.max(1, Math.round(length * factor));
  return resizeFrame(frame, side(width), side(height));
}

/** A number for a legend: three digits are enough. */
export function formatValue(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function linesOf({ label, note }: SheetRow): { readonly text: string; readonly size: number }[] {
  const broken = (text: string, size: number) =>
    wrapText(text, size, LABEL_WIDTH).map((line) => ({ text: line, size }));
  return [...broken(label, LABEL), ...(note ? broken(note, NOTE) : [])];
}

const heightOf = (lines: readonly { readonly size: number }[]): number =>
  Math.ceil(lines.reduce((sum, { size }) => sum + size * LINE, 0));

function drawLegend(canvas: Canvas, scale: Scale, left: number, top: number, height: number): void {
  for (let y = 0; y < height; y++)
    fillRectangle(canvas, left, top + y, BAR, 1, scale.colors(1 - y / Math.max(1, height - 1)));
  const x = left + BAR + 6;
  const middle = (scale.min + scale.max) / 2;
  drawText(canvas, formatValue(scale.max), x, top, NOTE, FAINT);
  drawText(canvas, formatValue(middle), x, top + Math.round((height - NOTE) / 2), NOTE, FAINT);
  drawText(canvas, formatValue(scale.min), x, top + height - NOTE, NOTE, FAINT);
}

function legendWidth({ scale }: SheetRow): number {
  if (!scale) return 0;
  const values = [scale.min, (scale.min + scale.max) / 2, scale.max].map(formatValue);
  return LABEL_GAP + BAR + 6 + Math.max(...values.map((value) => textWidth(value, NOTE)));
}

/**
 * Draws a contact sheet: rows of frames with a label at the left, heat maps with their legend at the right. All tiles
 * have the size of the first frame (enlarged or reduced to between 144 and 240 pixels); no font is needed.
 */
export function drawSheet({ title, columns, rows }: Sheet): Frame {
  const first = rows.find(({ frames }) => frames.length > 0)?.frames[0];
  if (!first) throw new RangeError("A contact sheet needs at least one frame.");
  const tile = asTile(first);
  const count = Math.max(...rows.map(({ frames }) => frames.length));
  const labels = rows.map(linesOf);
  const widest = Math.max(0, ...labels.flat().map(({ text, size }) => textWidth(text, size)));
  const left = MARGIN + (widest > 0 ? widest + LABEL_GAP : 0);
  const tiles = count * (tile.width + GAP) - GAP;
  const width = left + tiles + Math.max(...rows.map(legendWidth)) + MARGIN;
  const titles = title ? wrapText(title, LABEL, width - 2 * MARGIN) : [];
  const head = heightOf(titles.map(() => ({ size: LABEL })));
  const top = MARGIN + (head > 0 ? head + 6 : 0);
  const firstRow = top + (columns ? NOTE + 8 : 0);
  const heights = labels.map((lines) => Math.max(tile.height, heightOf(lines)));
  const height = firstRow + heights.reduce((sum, row) => sum + row + GAP, -GAP) + MARGIN;

  const canvas = createCanvas(width, height, BACKGROUND);
  for (const [i, line] of titles.entries())
    drawText(canvas, line, MARGIN, MARGIN + Math.round(i * LABEL * LINE), LABEL, INK);
  for (const [column, text] of (columns ?? []).entries()) {
    const shift = Math.round((tile.width - textWidth(text, NOTE)) / 2);
    drawText(canvas, text, left + column * (tile.width + GAP) + shift, top, NOTE, FAINT);
  }
  let y = firstRow;
  for (const [row, { frames, scale }] of rows.entries()) {
    let line = y + Math.max(0, Math.round((tile.height - heightOf(labels[row]!)) / 2));
    for (const [i, { text, size }] of labels[row]!.entries()) {
      drawText(canvas, text, MARGIN, line, size, i > 0 && size === NOTE ? FAINT : INK);
      line += Math.round(size * LINE);
    }
    for (const [column, frame] of frames.entries()) {
      const x = left + column * (tile.width + GAP);
      drawFrame(canvas, resizeFrame(frame, tile.width, tile.height), x, y);
    }
    if (scale) drawLegend(canvas, scale, left + tiles + LABEL_GAP, y, tile.height);
    y += heights[row]! + GAP;
  }
  return canvas;
}
