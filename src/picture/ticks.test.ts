import fc from "fast-check";
import { expect, test } from "vitest";
import { powerRange, powerTicks, roundRange, ticksBetween } from "./ticks.ts";

test.each<[number, number, string[]]>([
  [0, 1000, ["0", "200", "400", "600", "800", "1000"]],
  [0, 0.6, ["0.0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6"]],
  [0.122, 0.13, ["0.122", "0.124", "0.126", "0.128", "0.130"]],
  [-0.6, 0.4, ["-0.6", "-0.4", "-0.2", "0.0", "0.2", "0.4"]],
  [0, 1e9, ["0", "2.0e+8", "4.0e+8", "6.0e+8", "8.0e+8", "1.0e+9"]],
  [0, 2e-7, ["0", "5.0e-8", "1.0e-7", "1.5e-7", "2.0e-7"]],
])("marks from %d to %d", (least, most, labels) => {
  expect(ticksBetween(least, most).labels).toEqual(labels);
});

test("marks of steps are whole", () => {
  expect(ticksBetween(0, 3, { whole: true }).labels).toEqual(["0", "1", "2", "3"]);
  expect(ticksBetween(0, 1, { whole: true }).labels).toEqual(["0", "1"]);
  expect(ticksBetween(10.5, 10.75, { whole: true })).toEqual({ values: [], labels: [] });
});

test.each<[number, number, readonly [number, number]]>([
  [0.013, 0.58, [0, 0.6]],
  [0.1, 0.1, [0.09, 0.11]],
  [0, 0, [0, 1]],
  [-2, -2, [-2.2, -1.8]],
  [0, -5e-324, [0, 1]],
])("the round range around %d and %d", (least, most, range) => {
  const [from, to] = roundRange(least, most);
  expect(from).toBeCloseTo(range[0], 10);
  expect(to).toBeCloseTo(range[1], 10);
});

test("any two numbers make a range with a few marks that differ", () => {
  const number = fc.oneof(
    fc.double({ min: -1e300, max: 1e300, noNaN: true }),
    fc.double({ min: -10, max: 10, noNaN: true }),
    fc.float({ min: 0, max: 1, noNaN: true }),
  );
  fc.assert(
    fc.property(number, number, (a, b) => {
      const [least, most] = [Math.min(a, b), Math.max(a, b)];
      const [from, to] = roundRange(least, most);
      const room = Math.max(Math.abs(least), Math.abs(most)) * 1e-6 + 1e-300;
      expect(from).toBeLessThanOrEqual(least + room);
      expect(to).toBeGreaterThanOrEqual(most - room);
      expect(to).toBeGreaterThan(from);
      const { values, labels } = ticksBetween(from, to);
      expect(values.length).toBeGreaterThan(1);
      expect(values.length).toBeLessThan(12);
      expect(new Set(labels).size).toBe(values.length);
    }),
  );
});

test.each<[number, number, string[]]>([
  [0.002, 0.5, ["0.003", "0.01", "0.03", "0.1", "0.3"]],
  [0.01, 0.03, ["0.01", "0.015", "0.02", "0.03"]],
  [1e-9, 1e-2, ["1e-9", "1e-8", "1e-7", "1e-6", "1e-5", "1e-4", "0.001", "0.01"]],
])("marks of a logarithmic axis from %d to %d", (least, most, labels) => {
  expect(powerTicks(least, most).labels).toEqual(labels);
});

test("the round range of a logarithmic axis holds its values and is never empty", () => {
  expect(powerRange(0.0123, 0.29)).toEqual([0.01, 0.3]);
  const positive = fc.double({ min: 1e-200, max: 1e200, noNaN: true });
  fc.assert(
    fc.property(positive, positive, (a, b) => {
      const [least, most] = [Math.min(a, b), Math.max(a, b)];
      const [from, to] = powerRange(least, most);
      expect(from).toBeLessThanOrEqual(least * (1 + 1e-8));
      expect(to).toBeGreaterThanOrEqual(most * (1 - 1e-8));
      expect(to).toBeGreaterThan(from);
    }),
  );
});
