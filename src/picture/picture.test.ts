import { describe, expect, it, test } from "vitest";
import { spread } from "../spread.ts";
import { floatTensor } from "../tensor/index.ts";
import type { Frame } from "../video/index.ts";
import { createCanvas, drawFrame, mixPixel } from "./canvas.ts";
import { viridis } from "./color-map.ts";
import { GLYPHS, UNKNOWN } from "./glyphs.ts";
import { heatOver, maskOver, scaleOf } from "./heat.ts";
import { drawSheet, formatValue } from "./sheet.ts";
import { sideBySide } from "./side-by-side.ts";
import { drawText, fitText, textWidth, wrapText } from "./text.ts";

const flat = (width: number, height: number, color: readonly number[]): Frame => {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) data.set(color, i * 3);
  return { width, height, data };
};
const pixel = ({ width, data }: Frame, x: number, y: number): number[] => [
  ...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];
const luma = ([r = 0, g = 0, b = 0]: readonly number[]): number => 0.2126 * r + 0.7152 * g + 0.0722 * b;

describe("text", () => {
  const inkOf = (text: string, size = 20): number => {
    const canvas = createCanvas(textWidth(text, size) + 4, size * 2, [255, 255, 255]);
    drawText(canvas, text, 2, 4, size, [0, 0, 0]);
    return canvas.data.reduce((sum, value) => sum + 255 - value, 0);
  };

  it("has a glyph for every printable ASCII character but a few, and they differ", () => {
    const ascii = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).slice(1);
    expect(ascii.filter((character) => !(character in GLYPHS))).toEqual(["$", "@", "^", "`", "{", "}"]);
    const letters = Object.entries(GLYPHS).filter(([character]) => /[A-Za-z0-9]/.test(character));
    expect(new Set(letters.map(([, strokes]) => strokes)).size).toBe(letters.length);
    for (const strokes of [...Object.values(GLYPHS), UNKNOWN])
      expect(strokes).toMatch(/^([~o]?([0-9a-f]{2}){2,})( [~o]?([0-9a-f]{2}){2,})*$/);
  });

  it("draws each character inside the width it claims", () => {
    for (const character of Object.keys(GLYPHS)) {
      const [width, room] = [textWidth(character, 18), 6];
      const canvas = createCanvas(width + 2 * room, 40, [255, 255, 255]);
      drawText(canvas, character, room, 8, 18, [0, 0, 0]);
      for (let y = 0; y < 40; y++) {
        for (const x of [...Array(room - 1).keys()].flatMap((k) => [k, width + 2 * room - 1 - k]))
          expect(pixel(canvas, x, y)).toEqual([255, 255, 255]);
      }
      expect(canvas.data.some((value) => value < 100)).toBe(true);
    }
  });

  it("draws an accented letter as its base, and a box for what it does not know", () => {
    expect(inkOf("é")).toBe(inkOf("e"));
    expect(inkOf("車")).toBe(inkOf("鳥"));
    expect(inkOf("車")).toBeGreaterThan(0);
    expect(inkOf(" ")).toBe(0);
  });

  it("breaks lines at blanks", () => {
    const lines = wrapText("a red car on a road under a blue sky", 11, 90);
    expect(lines.join(" ")).toBe("a red car on a road under a blue sky");
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) expect(textWidth(line, 11)).toBeLessThanOrEqual(90);
    expect(wrapText("incomprehensibilities", 11, 20)).toEqual(["incomprehensibilities"]);
  });

  it("cuts what does not fit into its lines", () => {
    const text = "a red car on a road under a blue sky";
    expect(fitText(text, 11, 1000, 1)).toEqual([text]);
    const [first, second, ...others] = fitText(text, 11, 90, 2);
    expect(others).toEqual([]);
    expect(text.startsWith(`${first} ${second!.slice(0, -1)}`)).toBe(true);
    for (const line of [first!, second!, ...fitText("x".repeat(100_000), 11, 90, 1)])
      expect(textWidth(line, 11)).toBeLessThanOrEqual(90);
    expect(second!.endsWith("…")).toBe(true);
    expect(fitText("", 11, 90, 2)).toEqual([]);
  });
});

test("the colour map grows lighter from end to end", () => {
  const colors = viridis;
  const lightness = Array.from({ length: 64 }, (_, i) => luma(colors(i / 63)));
  for (const [i, value] of lightness.entries())
    if (i > 0) expect(value).toBeGreaterThan(lightness[i - 1]! - 0.5);
  expect(lightness[63]! - lightness[0]!).toBeGreaterThan(150);
  expect(colors(-1)).toEqual(colors(0));
  expect(colors(2)).toEqual(colors(1));
  expect(colors(Number.NaN)).toEqual(colors(0));
});

describe("heat maps and masks", () => {
  const map = floatTensor([2, 2, 2], Float32Array.from([0, 0, 0, 0, 0, 0, 0, 0.4]));
  const frame = flat(32, 32, [200, 60, 20]);

  it("is hottest where the map is highest, in the frame it belongs to", () => {
    const scale = scaleOf(map);
    expect(scale.max).toBeCloseTo(0.4);
    const cold = heatOver(frame, map, 0, scale);
    const hot = heatOver(frame, map, 1, scale);
    expect(pixel(hot, 30, 30)[1]).toBeGreaterThan(180);
    expect(pixel(cold, 30, 30)).toEqual(pixel(hot, 1, 1));
    expect(pixel(cold, 0, 0)).toEqual(pixel(cold, 16, 16));
    expect(scaleOf(floatTensor([1, 2, 2])).max).toBe(1);
  });

  it("a mask leaves its inside as it is and dims the rest to grey", () => {
    const shown = maskOver(frame, floatTensor([1, 2, 2], Float32Array.from([0, 0, 0, 1])), 0);
    expect(pixel(shown, 16, 16)).toEqual([200, 60, 20]);
    const [r, g, b] = pixel(shown, 15, 16);
    expect([g, b]).toEqual([r, r]);
    expect(r).toBeLessThan(60);
  });
});

describe("sheets", () => {
  const red = flat(150, 100, [255, 0, 0]);
  const green = flat(150, 100, [0, 255, 0]);

  it("puts frames in rows and columns, labels at the left, a legend at the right", () => {
    const frames = [red, green];
    const plain = drawSheet({ rows: [{ label: "", frames }] });
    expect([plain.width, plain.height]).toEqual([16 + 150 + 4 + 150 + 16, 16 + 100 + 16]);
    expect([pixel(plain, 17, 17), pixel(plain, 175, 17)]).toEqual([
      [255, 0, 0],
      [0, 255, 0],
    ]);
    const scale = { min: 0, max: 1, colors: viridis };
    const full = drawSheet({
      title: "title",
      columns: ["one", "two"],
      rows: [
        { label: "label", note: "note", frames },
        { label: "second", frames: [green], scale },
      ],
    });
    expect(full.width).toBeGreaterThan(plain.width);
    expect(full.height).toBeGreaterThan(2 * plain.height - 32);
    // The legend's bar runs from the highest colour at the top to the lowest at the bottom.
    const colors = Array.from({ length: full.height }, (_, y) => pixel(full, full.width - 16 - 24, y));
    const bar = colors.filter((color) => color.join() !== "255,255,255").map(luma);
    expect(bar[0]).toBeCloseTo(luma(viridis(1)), 0);
    expect(bar.at(-1)).toBeCloseTo(luma(viridis(0)), 0);
  });

  it("brings frames to a size that can be looked at", () => {
    const width = (side: number): number =>
      drawSheet({ rows: [{ label: "", frames: [flat(side, side, [9, 9, 9])] }] }).width - 32;
    expect([width(64), width(200), width(512)]).toEqual([144, 200, 240]);
    expect(() => drawSheet({ rows: [] })).toThrow(RangeError);
  });

  it("chooses frames evenly, ends included", () => {
    expect(spread(3, 8)).toEqual([0, 1, 2]);
    expect(spread(48, 8)).toEqual([0, 7, 13, 20, 27, 34, 40, 47]);
    expect(spread(9, 1)).toEqual([4]);
  });

  it("writes three digits", () => {
    expect([0.12345, 0, 1, 0.000538].map(formatValue)).toEqual(["0.123", "0", "1", "0.000538"]);
  });
});

it("puts pictures of different sizes side by side, the sides even", () => {
  const both = sideBySide([
    { name: "source", frame: flat(101, 50, [255, 0, 0]) },
    { name: "result", frame: flat(100, 61, [0, 0, 255]) },
  ]);
  expect([both.width % 2, both.height % 2]).toEqual([0, 0]);
  const y = both.height - 30;
  expect([pixel(both, 5, y), pixel(both, 110, y)]).toEqual([
    [255, 0, 0],
    [0, 0, 255],
  ]);
});

it("clips what reaches over the edges", () => {
  const canvas = createCanvas(4, 4, [0, 0, 0]);
  drawFrame(canvas, flat(3, 3, [9, 9, 9]), 2, 2);
  mixPixel(canvas, 7, 1, [255, 255, 255], 1);
  expect([pixel(canvas, 3, 3), pixel(canvas, 1, 1)]).toEqual([
    [9, 9, 9],
    [0, 0, 0],
  ]);
});
