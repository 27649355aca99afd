import { FateZeroError } from "../errors.ts";
import type { CrossSteps, FusionWindow, WordName, WordTable } from "./types.ts";

/** How a share of the steps becomes a number of steps. */
export interface Rounding {
  readonly rows: number;
  readonly toRow: (share: number) => number;
  /** Whether a window must lie in 0…1 and not run backwards; the released code takes anything. */
  readonly strict: boolean;
}

/** Ours: T rows, to the nearest step. */
export function nearestStep(steps: number): Rounding {
  return { rows: steps, toRow: (share) => Math.round(share * steps), strict: true };
}

/** The released code's cross-attention windows (ptp_utils.py, `update_alpha_time_word`): T + 1 rows, rounded down. */
export function releasedCrossRounding(steps: number): Rounding {
  return { rows: steps + 1, toRow: (share) => Math.trunc(share * (steps + 1)), strict: false };
}

/** The released code's self-attention window (attention_util.py): of T steps, rounded down. */
export function releasedSelfRounding(steps: number): Rounding {
  return { rows: steps, toRow: (share) => Math.trunc(share * steps), strict: false };
}

/** The steps `[from, to)` of a window; not above `rows`. */
export function stepRange(
  window: FusionWindow,
  rounding: Rounding,
  option: string,
): [from: number, to: number] {
  const shares: readonly unknown[] = Array.isArray(window) ? window : [0, window];
  const [from, to] = shares;
  const isWindow = shares.length === 2 && isShare(from) && isShare(to);
  if (!isWindow || (rounding.strict && (from > to || to > 1))) {
    throw new FateZeroError(
      "bad-window",
      `${option} is ${JSON.stringify(window)}.`,
      "Write a share of the steps between 0 and 1 such as 0.8, or [from, to] such as [0.2, 0.8].",
    );
  }
  const toRow = (share: number) => Math.min(rounding.toRow(share), rounding.rows);
  return [toRow(from), toRow(to)];
}

function isShare(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && Number.isFinite(value);
}

/** `CrossSteps` in one form: the window of all words that are not named, and those of named words as they were written. */
export interface WordWindows {
  /** Null where nothing is said of the other words. */
  readonly rest: FusionWindow | null;
  readonly words: readonly (readonly [word: WordName, window: FusionWindow])[];
}

/** What speaks for all other words in a table of windows. */
const OTHERS = "default_";

/** Reads the union once: a window for all, or a table of windows by word. */
export function wordWindows(option: CrossSteps): WordWindows {
  if (isWindow(option)) return { rest: option, words: [] };
  const entries = tableEntries(option);
  return {
    rest: entries.findLast(([word]) => word === OTHERS)?.[1] ?? null,
    words: entries.filter(([word]) => word !== OTHERS),
  };
}

/** The same with a window for the words of which nothing is said. */
export function namedWindows(
  option: CrossSteps,
  fallback: FusionWindow,
): WordWindows & { readonly rest: FusionWindow } {
  const { rest, words } = wordWindows(option);
  return { rest: rest ?? fallback, words };
}

/** The shortest way to write it. */
export function crossStepsOf({ rest, words }: WordWindows): CrossSteps {
  if (words.length === 0 && rest !== null) return rest;
  return rest === null ? words : [[OTHERS, rest], ...words];
}

function isWindow(option: CrossSteps): option is FusionWindow {
  if (typeof option === "number") return true;
  return Array.isArray(option) && option.length > 0 && option.every((item) => typeof item === "number");
}

/** The entries of a word table in the order in which they were written. */
export function tableEntries<T>(table: WordTable<T>): (readonly [word: WordName, value: T])[] {
  return Array.isArray(table)
    ? [...(table as readonly (readonly [WordName, T])[])]
    : Object.entries(table as Record<string, T>);
}

/** `rows`×L of 0 and 1; each later window overwrites its tokens' columns. */
export function windowRows(
  length: number,
  { rows }: Rounding,
  rest: readonly [number, number],
  words: readonly { readonly tokens: readonly number[]; readonly range: readonly [number, number] }[],
): Float32Array {
  const all = { tokens: Array.from({ length }, (_, n) => n), range: rest };
  const windows = new Float32Array(rows * length);
  for (const { tokens, range } of [all, ...words]) {
    for (const n of tokens) {
      for (let row = 0; row < rows; row++)
        windows[row * length + n] = row >= range[0] && row < range[1] ? 1 : 0;
    }
  }
  return windows;
}
