import { expect, test } from "vitest";
import { secondsLeft, secondsPerStep, startMeter, stepMeter } from "./meter.ts";

test("time left follows the latest steps and leaves out the first, which opens graphs", () => {
  let meter = startMeter({ phase: "invert", steps: 5 }, 0);
  expect(secondsLeft(meter, 1000)).toBeNull();
  meter = stepMeter(meter, 10, 10_000);
  expect(secondsLeft(meter, 10_000)).toBeNull();
  meter = stepMeter(meter, 2, 12_000);
  expect(secondsPerStep(meter)).toBe(2);
  expect(secondsLeft(meter, 12_000)).toBe(6);
  expect(secondsLeft(meter, 13_000)).toBe(5);
  // A step that takes longer than thought does not make the rest shorter.
  expect(secondsLeft(meter, 60_000)).toBe(4);
});
