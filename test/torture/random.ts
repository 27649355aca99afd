/** Random choices that a seed makes again (mulberry32). */
export interface Random {
  /** 0 ≤ x < 1 */
  next(): number;
  /** A whole number, 0 ≤ n < below. */
  below(below: number): number;
  pick<T>(items: readonly T[]): T;
  /** Text with letters, controls, marks and pieces that programs trip over. */
  text(length: number): string;
}

const PIECES = [
  ..."abc red car 0123 \n\t\r\0\u001b\u009b\u202e\u2028\ufeff\u00ad",
  ..."äß東👨\u200d👩🏽é",
  "\ud800",
  "__proto__",
  "constructor",
  "toString",
  "$" + "{a}",
  "../",
  "/",
  "\\",
  '"',
  "'",
  "%s",
  "null",
  "1e999",
  "-0",
  ":",
  "#",
  "{",
  "[",
  "(watercolor:1.5)",
];

export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n: number): number => Math.floor(next() * n);
  const pick = <T>(items: readonly T[]): T => items[below(items.length)]!;
  const text = (length: number): string => Array.from({ length }, () => pick(PIECES)).join("");
  return { next, below, pick, text };
}
