import { InvalidArgumentError } from "@commander-js/extra-typings";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatCrossSteps, formatWindow } from "../../job/format.ts";
import * as parse from "./parse.ts";

const refused = (read: (text: string) => unknown, texts: readonly string[]): void => {
  for (const text of texts) expect(() => read(text), `"${text}"`).toThrow(InvalidArgumentError);
};

test("whole numbers: in range, written as digits", () => {
  const steps = parse.wholeNumber(1, 1000, "steps");
  expect(steps("50")).toBe(50);
  expect(steps("1e2")).toBe(100);
  refused(steps, ["", " ", "0", "-1", "1001", "3.5", "NaN", "Infinity", "0x10", "1e9", "fifty", "5 0"]);
  expect(() => steps("x")).toThrow("It must be a whole number of steps, 1 to 1000.");
});

test("decimals: in range, the lower bound itself only where it may be", () => {
  expect(parse.decimal(0, 1)("0")).toBe(0);
  expect(parse.decimal(0, 1)(".3")).toBe(0.3);
  refused(parse.decimal(0, 1), ["1.01", "-0.1", "nan", "", "0,3", "1-2"]);
  refused(parse.decimal(0, 1000, true), ["0", "-8", "1001"]);
});

test("sentences: not empty, and no option that follows a forgotten one", () => {
  expect(parse.prompt("a red car - at night")).toBe("a red car - at night");
  refused(parse.prompt, ["", "  ", "-t", "--target"]);
});

describe("fusion windows", () => {
  test("a share, or a range with a dash or a comma", () => {
    expect(parse.fusionWindow("0.8")).toBe(0.8);
    expect(parse.fusionWindow("0.1-0.7")).toEqual([0.1, 0.7]);
    expect(parse.fusionWindow("0.1, 0.7")).toEqual([0.1, 0.7]);
    refused(parse.fusionWindow, ["1.2", "-0.5", "0.7-0.1", "0,8", "0.1-0.2-0.3", "", "a", "NaN", "0.1-"]);
  });

  test("by word", () => {
    expect(parse.crossSteps("0.7")).toBe(0.7);
    expect(parse.crossSteps("0.1,0.7")).toEqual([0.1, 0.7]);
    expect(parse.crossSteps("default=0.7, golden=0.1-0.4")).toEqual([
      ["default_", 0.7],
      ["golden", [0.1, 0.4]],
    ]);
    refused(parse.crossSteps, ["=0.7", "golden=", "golden=2", "golden=0.1,0.4", "a=0.1,a=0.2", "0.7,a=0.1"]);
  });

  test("what is printed reads back as it was", () => {
    const share = fc.integer({ min: 0, max: 1000 }).map((n) => n / 1000);
    const window = fc.oneof(
      share,
      fc.tuple(share, share).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const),
    );
    fc.assert(
      fc.property(window, (w) => {
        expect(parse.fusionWindow(formatWindow(w))).toEqual(w);
      }),
    );
    const word = fc.stringMatching(/^[a-z]{1,8}( [a-z]{1,8})?$/).filter((text) => text !== "default");
    const table = fc.uniqueArray(fc.tuple(word, window), { minLength: 1, selector: ([name]) => name });
    fc.assert(
      fc.property(table, (words) => {
        const steps = [["default_", 0.7] as const, ...words];
        expect(parse.crossSteps(formatCrossSteps(steps))).toEqual(steps);
      }),
    );
  });
});

test("mask words", () => {
  expect(parse.maskWords("car, road")).toEqual({ source: ["car", "road"] });
  expect(parse.maskWords("none")).toBe("none");
  refused(parse.maskWords, ["", "car,", ",car"]);
});

test("amplification adds up over repeated options", () => {
  const first = parse.amplification("golden=3", undefined);
  expect(parse.amplification("blue sky=0.5", first)).toEqual([
    ["golden", 3],
    ["blue sky", 0.5],
  ]);
  refused(
    (text) => parse.amplification(text, first),
    ["golden=2", "=3", "golden", "car=-1", "car=x", "a=1,b=2"],
  );
});
