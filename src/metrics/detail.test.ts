import { expect, test } from "vitest";
import { detailKept } from "./detail.ts";

const frame = (value: (x: number, y: number) => number) => ({
  width: 8,
  height: 8,
  data: Uint8Array.from({ length: 192 }, (_, k) => value(Math.floor(k / 3) % 8, Math.floor(k / 24))),
});
const stripes = frame((x) => (x % 2) * 100);

test("detail is kept whatever the brightness, halved contrast keeps three quarters, a grey picture none", () => {
  expect(detailKept([stripes], [frame((x) => (x % 2) * 100 + 50)])).toBe(1);
  expect(detailKept([stripes], [frame((x) => (x % 2) * 50)])).toBeCloseTo(0.75);
  expect(detailKept([stripes], [frame(() => 50)])).toBe(0);
});

test("other detail counts against it; a flat clip has none", () => {
  expect(detailKept([stripes], [frame((_, y) => (y % 2) * 100)])).toBeCloseTo(-1);
  expect(detailKept([frame(() => 9)], [stripes])).toBeNull();
});
