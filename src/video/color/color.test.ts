import { describe, expect, it } from "vitest";
import { nearest, psnr, toyFrame } from "../../../test/fixtures/video/toy-clip.ts";
import { toUint8 } from "../frame.ts";
import { BT709_LIMITED, type ColorSpace, colorNumbers, resolveColor } from "./color.ts";
import { rgbToYuv420 } from "./rgb-to-yuv.ts";
import { type YuvImage, yuvToRgb } from "./yuv-to-rgb.ts";

const flat = (r: number, g: number, b: number) => ({
  width: 4,
  height: 4,
  data: Uint8Array.from({ length: 48 }, (_, i) => [r, g, b][i % 3]!),
});

describe("resolveColor", () => {
  it("follows the picture's tags before the container's", () => {
    const tags = [{ matrix: "smpte170m" }, { matrix: "bt709", fullRange: true }];
    expect(resolveColor(tags, 1080)).toEqual({ matrix: "bt601", fullRange: true });
  });

  it("takes untagged small videos for BT.601 and others for BT.709, limited", () => {
    expect(resolveColor([{ matrix: null, fullRange: null }], 576)).toEqual({
      matrix: "bt601",
      fullRange: false,
    });
    expect(resolveColor([{}, {}], 720)).toEqual({ matrix: "bt709", fullRange: false });
  });
});

describe("colour conversion", () => {
  // The standards' own code values of 100 % red, green, blue, white and black.
  it.each([
    ["bt709", [255, 0, 0], [63, 102, 240]],
    ["bt709", [0, 255, 0], [173, 42, 26]],
    ["bt709", [0, 0, 255], [32, 240, 118]],
    ["bt601", [255, 0, 0], [81, 90, 240]],
    ["bt601", [0, 0, 255], [41, 240, 110]],
    ["bt709", [255, 255, 255], [235, 128, 128]],
    ["bt709", [0, 0, 0], [16, 128, 128]],
  ] as const)("%s %j is %j", (matrix, [r, g, b], [y, u, v]) => {
    const color: ColorSpace = { matrix, fullRange: false };
    const image = rgbToYuv420(flat(r, g, b), color);
    expect([image.y[5], image.u[1], image.v[1]].map((code, i) => code! - [y, u, v][i]!)).toEqual([0, 0, 0]);
    const back = toUint8(yuvToRgb(image, color)).data;
    expect(back.subarray(0, 3)).toBeAllclose([r, g, b], { absolute: 2 });
  });

  it("uses all codes in full range", () => {
    const image = rgbToYuv420(flat(255, 255, 255), { matrix: "bt709", fullRange: true });
    expect(image.y[0]).toBe(255);
  });

  it("reads 10 bits as 8 bits times four", () => {
    const eight = rgbToYuv420(toyFrame(0), BT709_LIMITED);
    const times4 = (plane: Uint8Array) => Uint16Array.from(plane, (code) => code * 4);
    const ten: YuvImage = {
      ...eight,
      y: times4(eight.y),
      u: times4(eight.u),
      v: times4(eight.v),
      bitDepth: 10,
    };
    const [a, b] = [yuvToRgb(eight, BT709_LIMITED).data, yuvToRgb(ten, BT709_LIMITED).data];
    expect(a).toBeAllclose(b, { absolute: 1e-3 });
  });

  it("keeps a soft picture", () => {
    const frame = toyFrame(3);
    const back = toUint8(yuvToRgb(rgbToYuv420(frame, BT709_LIMITED), BT709_LIMITED));
    expect(psnr(frame.data, back.data)).toBeGreaterThan(46);
    expect(nearest(back, [toyFrame(2), frame, toyFrame(4)])).toBe(1);
  });

  it("keeps hard edges between colours better than averaging alone (28.2 dB)", () => {
    const frame = flat(0, 0, 0);
    const [width, height] = [32, 32];
    const data = new Uint8Array(width * height * 3);
    for (let p = 0; p < width * height; p++) {
      const inside = Math.abs((p % width) - 15.5) < 7 && Math.abs(Math.floor(p / width) - 15.5) < 7;
      data.set(inside ? [200, 40, 30] : [90, 110, 90], p * 3);
    }
    const edges = { ...frame, width, height, data };
    const back = toUint8(yuvToRgb(rgbToYuv420(edges, BT709_LIMITED), BT709_LIMITED));
    expect(psnr(data, back.data)).toBeGreaterThan(28.5);
  });

  it("doubles an odd last row and column", () => {
    const frame = toyFrame(0, 7, 5);
    const image = rgbToYuv420(frame, BT709_LIMITED);
    expect([image.width, image.height]).toEqual([8, 6]);
    const back = yuvToRgb(image, BT709_LIMITED);
    for (let c = 0; c < 3; c++) {
      expect(Math.abs(back.data[(5 * 8 + 7) * 3 + c]! - frame.data[(4 * 7 + 6) * 3 + c]!)).toBeLessThan(12);
    }
  });
});

describe("chroma position", () => {
  const { chromaSpan, chromaZero } = colorNumbers(BT709_LIMITED, 8);
  /** Blue minus luma of a gray picture whose Cb rises evenly, per pixel of a row or a column. */
  const ramp = (horizontal: boolean, divisor: YuvImage["chromaDivisor"]) => {
    const size = 16;
    const [columns, lines] = [size / divisor.x, size / divisor.y];
    const u = Float32Array.from(
      { length: columns * lines },
      (_, i) =>
        chromaZero +
        (horizontal ? i % columns : Math.floor(i / columns)) * (horizontal ? divisor.x : divisor.y),
    );
    const image: YuvImage = {
      width: size,
      height: size,
      y: new Uint8Array(size * size).fill(126),
      u,
      v: new Uint8Array(u.length).fill(128),
      chromaDivisor: divisor,
      bitDepth: 8,
    };
    const { data } = yuvToRgb(image, BT709_LIMITED);
    const gray = ((126 - 16) * 255) / 219;
    const unit = (2 * (1 - 0.0722) * 255) / chromaSpan;
    return Array.from(
      { length: size },
      (_, i) => (data[(horizontal ? 8 * size + i : i * size + 8) * 3 + 2]! - gray) / unit,
    ).slice(4, 12);
  };

  it("is on the even columns of 4:2:0", () => {
    expect(ramp(true, { x: 2, y: 2 })).toBeAllclose([4, 5, 6, 7, 8, 9, 10, 11], { absolute: 5e-4 });
  });

  it("is half way between two rows of 4:2:0", () => {
    const between = [3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5, 10.5];
    expect(ramp(false, { x: 2, y: 2 })).toBeAllclose(between, { absolute: 5e-4 });
  });

  it("is on every row of 4:2:2 and on every pixel of 4:4:4", () => {
    const own = [4, 5, 6, 7, 8, 9, 10, 11];
    expect(ramp(false, { x: 2, y: 1 })).toBeAllclose(own, { absolute: 5e-4 });
    expect(ramp(true, { x: 1, y: 1 })).toBeAllclose(own, { absolute: 5e-4 });
  });
});
