import { describe, expect, it } from "vitest";
import { type Kernel, resample } from "./resample.ts";

const line = (values: number[], to: number, kernel: Kernel) => [
  ...resample(values, { width: values.length, height: 1 }, { width: to, height: 1 }, 1, kernel),
];
const column = (values: number[], to: number, kernel: Kernel) => [
  ...resample(values, { width: 1, height: values.length }, { width: 1, height: to }, 1, kernel),
];
const near = (got: number[], want: number[]) => expect(got).toBeAllclose(want, { absolute: 5e-6 });

describe("triangle", () => {
  it("enlarges bilinearly with half-pixel centres and held edges", () => {
    near(line([0, 4], 4, "triangle"), [0, 1, 3, 4]);
  });

  it("averages over the shrinking factor", () => {
    // Centres 1 and 3, radius 2: weights 1/8, 3/8, 3/8, 1/8, cut off at the borders and made to sum to 1.
    const a = [8, 0, 16, 32];
    near(line(a, 2, "triangle"), [(3 * 8 + 3 * 0 + 16) / 7, (0 + 3 * 16 + 3 * 32) / 7]);
  });
});

describe.each<Kernel>(["lanczos3", "triangle", "bicubic"])("%s", (kernel) => {
  it("keeps a constant", () => {
    near(line(Array(17).fill(9), 5, kernel), Array(5).fill(9));
    near(line(Array(5).fill(9), 17, kernel), Array(17).fill(9));
  });

  it("does to columns what it does to rows", () => {
    const values = [3, 200, 7, 90, 31, 4, 250];
    near(column(values, 4, kernel), line(values, 4, kernel));
    near(column(values, 11, kernel), line(values, 11, kernel));
  });

  it("does not shift the picture", () => {
    const symmetric = [1, 5, 9, 30, 9, 5, 1];
    const out = line(symmetric, 4, kernel);
    near(out, [...out].reverse());
  });

  it("copies when the size stays", () => {
    const data = Float32Array.of(1, 2, 3, 4, 5, 6);
    const out = resample(data, { width: 2, height: 1 }, { width: 2, height: 1 }, 3, kernel);
    expect(out).toEqual(data);
    expect(out).not.toBe(data);
  });

  it("keeps channels apart", () => {
    const out = resample(
      [1, 100, 1, 100, 1, 100],
      { width: 3, height: 1 },
      { width: 2, height: 1 },
      2,
      kernel,
    );
    near([...out], [1, 100, 1, 100]);
  });
});

it("lanczos3 keeps a low frequency that a triangle dampens", () => {
  const wave = (n: number) => Array.from({ length: n }, (_, i) => Math.sin(((i + 0.5) / n) * Math.PI * 10));
  const inner = (values: number[]) => values.slice(6, -6);
  const shrunk = (kernel: Kernel) => inner(line(wave(120), 40, kernel));
  expect(shrunk("lanczos3")).toBeAllclose(inner(wave(40)), { absolute: 0.01 });
  expect(shrunk("triangle")).not.toBeAllclose(inner(wave(40)), { absolute: 0.03 });
});
