/** Where the marks of an axis stand, and what is written at them. */
export interface Ticks {
  readonly values: readonly number[];
  readonly labels: readonly string[];
}

/** Intervals between marks, about. */
const INTERVALS = 6;
/** From the first on, and below the second, numbers are written with an exponent. */
const LARGE = 1e6;
const SMALL = 1e-3;
/** Share of a number that float32, in which losses are computed, hardly tells from nothing. */
const EPSILON = 1e-6;
/** What is closer to zero leaves no room for arithmetic. */
const TINY = 1e-300;

/** The distance between marks: 1, 2 or 5 times a power of ten. */
function stepOf(span: number, intervals: number): number {
  const rough = span / intervals;
  const power = 10 ** Math.floor(Math.log10(rough));
  const times = [1, 2, 5, 10].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10;
  return times * power;
}

/** Digits behind the point that tell marks of a distance apart. */
function digitsOf(step: number): number {
  return Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
}

function labelsOf(values: readonly number[], step: number): string[] {
  const largest = Math.max(...values.map(Math.abs));
  if (largest < LARGE && (largest >= SMALL || largest === 0))
    return values.map((value) => value.toFixed(digitsOf(step)));
  // As many digits as the largest needs to differ from its neighbour by a step.
  const digits = Math.max(0, Math.floor(Math.log10(largest) + 1e-9) - Math.floor(Math.log10(step) + 1e-9));
  return values.map((value) => (value === 0 ? "0" : value.toExponential(Math.min(digits, 12))));
}

/** Round numbers from `least` to `most`, which differ; whole ones on request. */
export function ticksBetween(least: number, most: number, { whole = false } = {}): Ticks {
  const fine = stepOf(most - least, INTERVALS);
  const step = whole ? Math.max(1, fine) : fine;
  const first = Math.ceil(least / step - 1e-9);
  const last = Math.floor(most / step + 1e-9);
  // Zero is never written with a sign.
  const values = Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step || 0);
  return { values, labels: values.length === 0 ? [] : labelsOf(values, step) };
}

/** Widens a range to the round numbers around it. Equal ends are moved apart first. */
export function roundRange(least: number, most: number): readonly [least: number, most: number] {
  const largest = Math.max(Math.abs(least), Math.abs(most));
  if (largest < TINY) return [0, 1];
  const isFlat = most - least <= largest * EPSILON;
  const room = isFlat ? largest * 0.1 : 0;
  // What is never negative is not shown below zero.
  const from = least >= 0 ? Math.max(0, least - room) : least - room;
  const to = most + room;
  const step = stepOf(to - from, INTERVALS);
  return [Math.floor(from / step + 1e-9) * step || 0, Math.ceil(to / step - 1e-9) * step || 0];
}

/** Round numbers of one power of ten, sparse enough for a wide range or dense enough for a narrow one. */
const MANTISSAS = [[1], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 5, 7]] as const;

/** A number of few digits as a person writes it. */
const plain = (value: number): string =>
  value >= SMALL && value < LARGE ? String(Number(value.toPrecision(3))) : value.toExponential();

/** Round numbers on a logarithmic axis, from `least` to `most`, both above zero. */
export function powerTicks(least: number, most: number): Ticks {
  const powers = Array.from(
    { length: Math.floor(Math.log10(most)) - Math.floor(Math.log10(least)) + 1 },
    (_, i) => Math.floor(Math.log10(least)) + i,
  );
  const within = (value: number): boolean => value >= least * (1 - 1e-9) && value <= most * (1 + 1e-9);
  const choices = MANTISSAS.map((mantissas) =>
    powers.flatMap((power) => mantissas.map((mantissa) => Number(`${mantissa}e${power}`))).filter(within),
  );
  const values = choices.find(({ length }) => length >= INTERVALS - 2) ?? choices.at(-1)!;
  return { values, labels: values.map(plain) };
}

/** Widens a range above zero to round numbers around it. */
export function powerRange(least: number, most: number): readonly [least: number, most: number] {
  const round = (value: number, up: boolean): number => {
    const power = Math.floor(Math.log10(value));
    const all = [1, 1.5, 2, 3, 5, 7, 10].map((mantissa) => Number(`${mantissa}e${power}`));
    return up
      ? (all.find((other) => other >= value * (1 - 1e-9)) ?? all.at(-1)!)
      : (all.findLast((other) => other <= value * (1 + 1e-9)) ?? all[0]!);
  };
  const [from, to] = [round(least, false), round(most, true)];
  return to > from * (1 + 1e-9) ? [from, to] : [from / 2, to * 2];
}
