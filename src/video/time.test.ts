import fc from "fast-check";
import { expect, it } from "vitest";
import { parseTime } from "./index.ts";

it.each([
  ["0", 0],
  ["12", 12],
  ["12.5", 12.5],
  [".5", 0.5],
  ["90", 90],
  ["0:12", 12],
  ["0:14.5", 14.5],
  ["1:02:03.5", 3723.5],
  [" 2:00 ", 120],
])("reads %s as %d s", (text, seconds) => {
  expect(parseTime(text)).toBe(seconds);
});

it.each(["", "-1", "abc", "1:60", "1:75:00", "1:2:3:4", "0:", "1e3", "NaN", "12s", ":12", "1,5"])(
  "refuses %j",
  (text) => {
    expect(() => parseTime(text)).toThrow(`"${text}" is not a time. Give seconds`);
  },
);

it("reads what a clock shows", () => {
  fc.assert(
    fc.property(fc.nat(30), fc.nat(59), fc.nat(59999), (h, m, ms) => {
      expect(parseTime(`${h}:${String(m).padStart(2, "0")}:${ms / 1000}`)).toBeCloseTo(
        h * 3600 + m * 60 + ms / 1000,
        9,
      );
    }),
  );
});
