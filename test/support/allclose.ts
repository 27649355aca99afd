/** `expect(actual).toBeAllclose(expected, { absolute, relative })`: numbers that agree one by one within a tolerance. */
import { expect } from "vitest";

/** Numbers in a row, or a tensor, whose shape then counts too. */
export type Numbers =
  | ArrayLike<number>
  | { readonly shape: readonly number[]; readonly data: ArrayLike<number> };

/** An element may be off by `absolute` + `relative` · |expected|. What is left out is 0. */
export interface Tolerance {
  readonly absolute?: number;
  readonly relative?: number;
}

declare module "vitest" {
  interface Assertion {
    toBeAllclose(expected: Numbers, tolerance: Tolerance): void;
  }
}

function split(numbers: Numbers): { data: ArrayLike<number>; shape: readonly number[] | null } {
  return "data" in numbers ? numbers : { data: numbers, shape: null };
}

/** Throws where there is nothing to compare one by one: that is a fault also of what must not be close. */
function checkSizes(a: ReturnType<typeof split>, b: ReturnType<typeof split>): void {
  if (a.shape && b.shape && a.shape.join() !== b.shape.join())
    throw new TypeError(`Shapes differ: got [${a.shape.join(", ")}], expected [${b.shape.join(", ")}].`);
  if (a.data.length !== b.data.length)
    throw new TypeError(`Lengths differ: got ${a.data.length}, expected ${b.data.length}.`);
}

/** The place of an element: its index, and in a tensor its coordinates. */
function placeOf(index: number, shape: readonly number[] | null): string {
  if (!shape) return `index ${index}`;
  let rest = index;
  const coordinates = [...shape].reverse().map((length) => {
    const at = rest % length;
    rest = Math.floor(rest / length);
    return at;
  });
  return `[${coordinates.reverse().join(", ")}] (index ${index})`;
}

/** Compares element by element. The worst is the one that is furthest over its tolerance; NaN is over any. */
export function compareNumbers(actual: Numbers, expected: Numbers, tolerance: Tolerance) {
  const { absolute = 0, relative = 0 } = tolerance;
  const [a, b] = [split(actual), split(expected)];
  checkSizes(a, b);
  let [misses, worst, worstExcess] = [0, 0, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < b.data.length; i++) {
    const [x, y] = [a.data[i]!, b.data[i]!];
    const off = Math.abs(x - y);
    // No tolerance makes NaN or an infinity close to anything but its equal.
    const limited = Number.isFinite(off) ? off - absolute - relative * Math.abs(y) : Number.POSITIVE_INFINITY;
    const excess = x === y ? Number.NEGATIVE_INFINITY : limited;
    if (excess > 0) misses++;
    if (excess > worstExcess) [worst, worstExcess] = [i, excess];
  }
  const [x, y] = [a.data[worst], b.data[worst]];
  const count = b.data.length;
  const off = x === y ? 0 : Math.abs(x! - y!);
  return {
    pass: misses === 0,
    message:
      count === 0
        ? "there are no elements"
        : `${misses} of ${count} elements are further off than absolute ${absolute} + relative ${relative}; ` +
          `worst at ${placeOf(worst, b.shape ?? a.shape)}: got ${x}, expected ${y}, ` +
          `off by ${off} (relative ${off && off / Math.abs(y!)})`,
  };
}

expect.extend({
  toBeAllclose(actual: Numbers, expected: Numbers, tolerance: Tolerance) {
    const { pass, message } = compareNumbers(actual, expected, tolerance);
    return { pass, message: () => (this.isNot ? `expected numbers that differ, but ${message}` : message) };
  },
});
