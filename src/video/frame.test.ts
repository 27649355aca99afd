import { describe, expect, it } from "vitest";
import { orientFrame, resizeFrame, toUint8 } from "./frame.ts";
import type { Frame } from "./types.ts";

/** Gray frame from rows of values. */
const gray = (rows: number[][]): Frame => ({
  width: rows[0]!.length,
  height: rows.length,
  data: Uint8Array.from(rows.flat().flatMap((v) => [v, v, v])),
});
const rows = (frame: Frame) =>
  Array.from({ length: frame.height }, (_, y) =>
    Array.from({ length: frame.width }, (_, x) => frame.data[(y * frame.width + x) * 3]!),
  );

describe("orientFrame", () => {
  const picture = gray([
    [1, 2, 3],
    [4, 5, 6],
  ]);

  it("turns clockwise", () => {
    expect(rows(orientFrame(picture, 90, false))).toEqual([
      [4, 1],
      [5, 2],
      [6, 3],
    ]);
    expect(rows(orientFrame(picture, 180, false))).toEqual([
      [6, 5, 4],
      [3, 2, 1],
    ]);
    expect(rows(orientFrame(picture, 270, false))).toEqual([
      [3, 6],
      [2, 5],
      [1, 4],
    ]);
  });

  it("mirrors after turning", () => {
    expect(rows(orientFrame(picture, 0, true))).toEqual([
      [3, 2, 1],
      [6, 5, 4],
    ]);
    expect(rows(orientFrame(picture, 90, true))).toEqual([
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
  });
});

describe("resizeFrame", () => {
  const edge = gray([[0, 0, 0, 0, 255, 255, 255, 255]]);

  it("keeps 8 bits in range where Lanczos overshoots", () => {
    const values = rows(resizeFrame(edge, 32, 1))[0]!;
    expect(Math.min(...values)).toBe(0);
    expect(Math.max(...values)).toBe(255);
  });

  it("gives floats unrounded for floats", () => {
    const floats = { ...edge, data: Float32Array.from(edge.data) };
    const { data } = resizeFrame(floats, 5, 1, "triangle");
    expect(data).toBeInstanceOf(Float32Array);
    expect([...data].some((value) => value % 1 !== 0)).toBe(true);
  });

  it.each([0, -4, 2.5, Number.NaN])("refuses the width %d", (width) => {
    expect(() => resizeFrame(edge, width, 1)).toThrow(/cannot be resized/);
  });
});

it("toUint8 rounds and clamps", () => {
  const frame = { width: 2, height: 1, data: Float32Array.of(-3, 1.4, 1.6, 254.7, 300, 7) };
  expect([...toUint8(frame).data]).toEqual([0, 1, 2, 255, 255, 7]);
});
