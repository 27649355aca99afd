import { describe, expect, it } from "vitest";
import { bfloat16ToFloat32, float16ToFloat32, float32ToFloat16 } from "./half.ts";

describe("16-bit floats", () => {
  it("convert to float32 and back without loss for every finite pattern", () => {
    const all = Uint16Array.from({ length: 65536 }, (_, i) => i).filter((i) => ((i >> 10) & 31) !== 31);
    expect(float32ToFloat16(float16ToFloat32(all))).toEqual(all);
  });

  it("round to nearest even, and overflow to infinity", () => {
    const half = (x: number) => float16ToFloat32(float32ToFloat16(Float32Array.of(x)))[0];
    expect(half(1 + 1 / 2048)).toBe(1);
    expect(half(1 + 3 / 2048)).toBe(1 + 4 / 2048);
    expect(half(65519)).toBe(65504);
    expect(half(65520)).toBe(Number.POSITIVE_INFINITY);
    expect(half(2 ** -25)).toBe(0);
    expect(half(1.5 * 2 ** -24)).toBe(2 ** -23);
    expect(half(Number.NaN)).toBeNaN();
  });

  it("reads bfloat16 as the upper half of float32", () => {
    expect(Array.from(bfloat16ToFloat32(Uint16Array.of(0x3fc0, 0xc000)))).toEqual([1.5, -2]);
  });
});
