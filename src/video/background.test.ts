import { describe, expect, it } from "vitest";
import { composeOver, parseBackground } from "./background.ts";

describe("parseBackground", () => {
  it.each([
    ["#1e90ff", [30, 144, 255]],
    ["#F0a", [255, 0, 170]],
    ["Black", [0, 0, 0]],
    ["none", "none"],
    [undefined, [255, 255, 255]],
  ] as const)("reads %s", (text, color) => {
    expect(parseBackground(text)).toEqual(color);
  });

  it.each(["", "red", "#12345", "1e90ff", "toString"])("refuses %j", (text) => {
    expect(() => parseBackground(text)).toThrow(`"${text}" is not a background colour`);
  });
});

it("composeOver mixes by alpha", () => {
  const data = Float32Array.of(200, 100, 0, 200, 100, 0, 200, 100, 0);
  composeOver(data, (p) => p / 2, [0, 0, 100]);
  expect([...data]).toEqual([0, 0, 100, 100, 50, 50, 200, 100, 0]);
});
