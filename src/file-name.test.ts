import { describe, expect, it } from "vitest";
import { cutToName, fitsName } from "./file-name.ts";

describe("a text in a file's name", () => {
  it.each([
    ["is left as it is where it is short", "a-red-car", "a-red-car"],
    ["has 48 letters at most", "x".repeat(300), "x".repeat(48)],
    ["has 120 bytes at most", "猫".repeat(300), "猫".repeat(40)],
    ["is not cut inside a letter outside the base plane", "𝒳".repeat(300), "𝒳".repeat(30)],
    ["keeps marks with their letter", `${"x".repeat(47)}e\u0301`, "x".repeat(47)],
    ["begins with a letter", "\u0301\u0302abc", "abc"],
    ["leaves a letter of endless marks out", `a${`b${"\u0301".repeat(500)}`}`, "a"],
  ])("%s", (_, text, name) => {
    expect(cutToName(text)).toBe(name);
    expect(fitsName(name)).toBe(true);
    expect(Buffer.from(name).toString()).toBe(cutToName(text));
  });
});
