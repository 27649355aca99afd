import { describe, expect, it } from "vitest";
import { toyFrame } from "../../test/fixtures/video/toy-clip.ts";
import { cropFrame } from "./crop.ts";
import { cropRectangle, parseCrop } from "./index.ts";

describe("cropRectangle", () => {
  it("leaves the square in the middle", () => {
    expect(cropRectangle(1920, 1080, "center")).toEqual({ left: 420, top: 0, width: 1080, height: 1080 });
    expect(cropRectangle(3, 8, "center")).toEqual({ left: 0, top: 2, width: 3, height: 3 });
  });

  it("leaves the largest part of an aspect ratio", () => {
    expect(cropRectangle(640, 480, parseCrop("16:9"))).toEqual({ left: 0, top: 60, width: 640, height: 360 });
    expect(cropRectangle(640, 480, { aspect: 0.5 })).toEqual({ left: 200, top: 0, width: 240, height: 480 });
  });

  it("cuts off so many pixels at each edge", () => {
    expect(cropRectangle(10, 8, parseCrop("1, 2, 3, 4"))).toEqual({ left: 1, top: 3, width: 7, height: 1 });
    expect(cropRectangle(10, 8, { right: 4 })).toEqual({ left: 0, top: 0, width: 6, height: 8 });
  });

  it("says when nothing is left", () => {
    expect(() => cropRectangle(10, 8, { left: 5, right: 5 })).toThrow(/leaves nothing of 10x8/);
    expect(() => cropRectangle(10, 8, { left: -1 })).toThrow(/-1 pixels cannot be cut off/);
    expect(() => cropRectangle(10, 8, { aspect: 0 })).toThrow(/aspect ratio 0/);
  });
});

it.each(["", "middle", "1,2,3", "0:1", "-1,0,0,0", "1.5,0,0,0"])("parseCrop refuses %j", (text) => {
  expect(() => parseCrop(text)).toThrow(`"${text}" is no crop`);
});

it("cropFrame keeps the pixels of the part", () => {
  const frame = toyFrame(1, 12, 10);
  const part = cropFrame(frame, { left: 2, top: 3, width: 5, height: 4 });
  expect(part.data).toHaveLength(60);
  for (const [x, y] of [
    [0, 0],
    [4, 3],
  ] as const) {
    for (let c = 0; c < 3; c++) {
      expect(part.data[(y * 5 + x) * 3 + c]).toBe(frame.data[((y + 3) * 12 + x + 2) * 3 + c]);
    }
  }
});
