/** One line of a case's table: a quantity, its worst difference and whether that is within the mark. */
export interface Row {
  readonly quantity: string;
  /** What was compared, e.g. `10 steps`. */
  readonly compared: string;
  readonly worst: string;
  readonly mark: string;
  readonly verdict: "ok" | "MISS" | "reported";
}

/** Anything with float values: a tensor, or an array wrapped as one. */
export interface Values {
  readonly data: Float32Array;
}

const short = (value: number): string => (value === 0 ? "0" : value.toExponential(1));

export const plural = (count: number, unit: string): string => `${count} ${unit}${count === 1 ? "" : "s"}`;

/** Largest absolute difference; NaN counts as infinite, and so do unequal lengths. */
export function worstDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let worst = actual.length === expected.length ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < actual.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    worst = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(worst, difference);
  }
  return worst;
}

/** A row for values that must be equal. */
export function equalRow(quantity: string, actual: ArrayLike<number>, expected: ArrayLike<number>): Row {
  let differing = 0;
  for (let i = 0; i < actual.length; i++) if (actual[i] !== expected[i]) differing++;
  const sameLength = actual.length === expected.length;
  const ok = sameLength && differing === 0;
  const worst = sameLength ? `${differing} differ` : `ours are ${actual.length}`;
  return {
    quantity,
    compared: plural(expected.length, "value"),
    worst: ok ? "equal" : worst,
    mark: "equal",
    verdict: ok ? "ok" : "MISS",
  };
}

/** Gathers comparisons of one quantity, each with its own mark, and keeps the one that comes closest to its mark. */
export function gauge(quantity: string, unit: string) {
  let count = 0;
  let worst = { ratio: -1, text: "", mark: 0 };
  return {
    add(actual: Values, expected: Values, mark: number, where = ""): void {
      const difference = worstDifference(actual.data, expected.data);
      const sizes = `ours has ${actual.data.length} values, the case ${expected.data.length}`;
      const value = actual.data.length === expected.data.length ? short(difference) : sizes;
      const ratio = difference / mark;
      if (ratio > worst.ratio) worst = { ratio, text: where === "" ? value : `${value} (${where})`, mark };
      count++;
    },
    rows(): Row[] {
      if (count === 0) return [];
      const verdict = worst.ratio <= 1 ? "ok" : "MISS";
      const compared = plural(count, unit);
      return [{ quantity, compared, worst: worst.text, mark: short(worst.mark), verdict }];
    },
  };
}

/** A row that informs and judges nothing. */
export function reportedRow(quantity: string, compared: string, worst: string): Row {
  return { quantity, compared, worst, mark: "–", verdict: "reported" };
}
