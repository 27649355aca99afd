import { describe, expect, test } from "vitest";
import { floatTensor } from "../tensor/index.ts";
import { boxOf, cropAround } from "./crop-box.ts";

/** Frames of positions from rows of text, `#` marked. */
const masks = (...frames: readonly (readonly string[])[]) =>
  floatTensor(
    [frames.length, frames[0]!.length, frames[0]![0]!.length],
    Float32Array.from(frames.flat().join(""), (mark) => Number(mark === "#")),
  );

describe("a box around what is marked", () => {
  test("holds it in every frame", () => {
    expect(boxOf(masks(["#...", "#..."], ["....", "..#."]))).toEqual({
      left: 0,
      top: 0,
      right: 0.75,
      bottom: 1,
    });
  });

  test("leaves specks out, also at the other end of a row", () => {
    const rows = ["........", ".####...", ".####...", ".......#"];
    expect(boxOf(masks(rows))).toEqual({ left: 1 / 8, top: 0.25, right: 5 / 8, bottom: 0.75 });
  });

  test("is none where nothing is marked", () => {
    expect(boxOf(masks(["....", "...."]))).toBeNull();
  });
});

describe("the part that is cut out", () => {
  const clip = { width: 1920, height: 1080 };

  test("is a square around the box, with room", () => {
    const part = cropAround({ left: 0.4, top: 0.4, right: 0.6, bottom: 0.6 }, clip, 128)!;
    expect(part.width).toBe(part.height);
    expect(part.width).toBeCloseTo(384 * 1.3, -1);
    expect(part.left + part.width / 2).toBeCloseTo(960, -1);
  });

  test("stays inside the picture, and is not below the model's size", () => {
    const part = cropAround({ left: 0.97, top: 0.97, right: 1, bottom: 1 }, clip, 512)!;
    expect(part).toEqual({ left: 1920 - 512, top: 1080 - 512, width: 512, height: 512 });
  });

  test("is as wide as it must be where the picture is not as high", () => {
    const part = cropAround({ left: 0, top: 0, right: 0.5, bottom: 1 }, clip, 128)!;
    expect(part).toMatchObject({ left: 0, top: 0, height: 1080 });
    expect(part.width).toBeGreaterThan(1080);
  });

  test("reaches the picture's edge where it comes near it, on that side alone", () => {
    const near = { left: 0.1, top: 0.4, right: 0.4, bottom: 0.6 };
    const part = cropAround(near, clip, 128)!;
    expect(part.left).toBe(0);
    expect(part.width).toBe(Math.ceil((0.4 + 0.15 * 0.3) * 1920));
    expect(cropAround({ ...near, left: 0.2, right: 0.5 }, clip, 128)!.left).toBeGreaterThan(0.1 * 1920);
    const low = cropAround({ left: 0.4, top: 0.75, right: 0.5, bottom: 0.92 }, clip, 128)!;
    expect(low.top + low.height).toBe(1080);
  });

  test("is none where it would be nearly all", () => {
    expect(cropAround({ left: 0.05, top: 0.1, right: 0.9, bottom: 0.9 }, clip, 128)).toBeNull();
    expect(
      cropAround({ left: 0.4, top: 0.4, right: 0.6, bottom: 0.6 }, { width: 128, height: 128 }, 512),
    ).toBeNull();
  });
});
