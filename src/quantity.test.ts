import { expect, test } from "vitest";
import { formatBytes, formatSeconds } from "./quantity.ts";

test("durations", () => {
  const cases = [
    [0.01, "under 0.1 s"],
    [0.42, "0.4 s"],
    [9.97, "10 s"],
    [59.7, "1 min 0 s"],
    [200, "3 min 20 s"],
    [3599.8, "1 h 0 min"],
    [7800, "2 h 10 min"],
  ] as const;
  for (const [seconds, text] of cases) expect(formatSeconds(seconds)).toBe(text);
});

test("sizes", () => {
  expect([900, 6_200_000, 1_240_000_000].map(formatBytes)).toEqual(["1 kB", "6 MB", "1.2 GB"]);
});
