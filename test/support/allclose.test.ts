import { describe, expect, it } from "vitest";
import { floatTensor } from "../../src/tensor/index.ts";

/** What the matcher says when it fails. */
function failure(check: () => void): string {
  try {
    check();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("The check passed.");
}

describe("toBeAllclose", () => {
  it("allows absolute + relative · |expected| at every element, and no more", () => {
    expect([100.5]).toBeAllclose([100], { absolute: 0.5 });
    expect([100.5]).not.toBeAllclose([100], { absolute: 0.4 });
    expect([-101]).toBeAllclose([-100], { relative: 0.01 });
    expect([-101]).not.toBeAllclose([-100], { relative: 0.009 });
    expect([101.5]).toBeAllclose([100], { absolute: 0.5, relative: 0.01 });
    expect([0.1]).not.toBeAllclose([0], { relative: 1000 });
  });

  it("takes exact equality where no tolerance is left", () => {
    expect(Float32Array.of(1, -0)).toBeAllclose([1, 0], { absolute: 0 });
    expect([1 + 2 ** -52]).not.toBeAllclose([1], { absolute: 0 });
  });

  it("never takes NaN for equal, and infinities only for themselves", () => {
    for (const [a, b] of [
      [Number.NaN, 1],
      [1, Number.NaN],
      [Number.NaN, Number.NaN],
      [Number.POSITIVE_INFINITY, 1],
      [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    ] as const)
      expect([a]).not.toBeAllclose([b], { absolute: 1e9 });
    expect([Number.POSITIVE_INFINITY]).toBeAllclose([Number.POSITIVE_INFINITY], { absolute: 0 });
  });

  it("names the worst element, both values, both errors, the tolerance and how many miss", () => {
    const actual = floatTensor([2, 3], Float32Array.of(1, 2, 3, 4, 4, 8));
    const expected = floatTensor([2, 3], Float32Array.of(1, 2.5, 3, 4, 5, 4));
    expect(failure(() => expect(actual).toBeAllclose(expected, { absolute: 0.25, relative: 0.125 }))).toBe(
      "2 of 6 elements are further off than absolute 0.25 + relative 0.125; worst at [1, 2] (index 5): got 8, expected 4, off by 4 (relative 1)",
    );
    expect(failure(() => expect([1, 7]).toBeAllclose([1, 5], { absolute: 1 }))).toContain(
      "1 of 2 elements are further off than absolute 1 + relative 0; worst at index 1: got 7, expected 5, off by 2 (relative 0.4)",
    );
    expect(failure(() => expect([1, 2, 3]).toBeAllclose([1, Number.NaN, 9], { absolute: 1 }))).toContain(
      "worst at index 1: got 2, expected NaN",
    );
    expect(failure(() => expect([1]).not.toBeAllclose([1], { absolute: 1 }))).toMatch(
      /^expected numbers that differ, but 0 of 1 elements/,
    );
  });

  it("compares shapes where both have one, and lengths always, also of what must differ", () => {
    const [row, column] = [floatTensor([1, 2]), floatTensor([2, 1])];
    expect(row).toBeAllclose([0, 0], { absolute: 0 });
    expect(() => expect(row).toBeAllclose(column, { absolute: 1 })).toThrow("got [1, 2], expected [2, 1]");
    expect(() => expect(row).not.toBeAllclose(column, { absolute: 1 })).toThrow("Shapes differ");
    expect(() => expect([1]).not.toBeAllclose([1, 2], { absolute: 1 })).toThrow("got 1, expected 2");
  });
});
