import { FateZeroError } from "../errors.ts";
import { align } from "./align.ts";
import { keyOf, type Segment } from "./segments.ts";
import type { EditOptions } from "./types.ts";

/** How two prompts relate, segment by segment. */
export interface Difference {
  readonly method: "replace" | "refine";
  readonly source: readonly Segment[];
  readonly target: readonly Segment[];
  /** For each target segment the equal source segment, or −1. */
  readonly sourceOf: readonly number[];
  readonly changes: readonly Change[];
}

/** A place where the prompts differ: source segments `[from, to)` became target segments `[targetFrom, targetTo)`. */
export interface Change {
  readonly from: number;
  readonly to: number;
  readonly targetFrom: number;
  readonly targetTo: number;
}

/**
 * Finds what differs. Replace where both prompts have as many words and pairing them in order loses no word that an alignment
 * would keep; else refine (Needleman–Wunsch over words, with the ties of the released code).
 *
 * @throws FateZeroError `unequal-word-count` if `method: "replace"` is asked for and the numbers of words differ.
 */
export function findDifference(
  source: readonly Segment[],
  target: readonly Segment[],
  method: EditOptions["method"] = "auto",
): Difference {
  const inOrder = pairInOrder(source, target);
  const aligned = align(source.map(keyOf), target.map(keyOf));
  if (method === "replace" && inOrder === null) throw unequalWords(source, target);
  const kept = (sourceOf: readonly number[]) =>
    sourceOf.filter((s, t) => s !== -1 && target[t]?.isWord).length;
  const replace =
    inOrder !== null && (method === "replace" || (method === "auto" && kept(inOrder) >= kept(aligned)));
  const sourceOf = replace ? inOrder : keepPhrasesWhole(source, target, aligned);
  return {
    method: replace ? "replace" : "refine",
    source,
    target,
    sourceOf,
    changes: changesOf(source.length, sourceOf),
  };
}

/**
 * Moves insertions and removals forward as far as an equally good alignment allows, so that they are phrases as people write
 * them: "a painting of | a cat", where the alignment by itself says "a | painting of a | cat".
 */
function keepPhrasesWhole(
  source: readonly Segment[],
  target: readonly Segment[],
  aligned: readonly number[],
): number[] {
  const sourceOf = [...aligned];
  for (const change of changesOf(source.length, aligned)) {
    const inserts = change.from === change.to;
    if (!inserts && change.targetFrom !== change.targetTo) continue;
    const side = inserts ? target : source;
    let first = inserts ? change.targetFrom : change.from;
    let last = (inserts ? change.targetTo : change.to) - 1;
    let s = change.from - 1;
    let t = change.targetFrom - 1;
    while (s >= 0 && t >= 0 && sourceOf[t] === s && keyOf(side[first - 1]!) === keyOf(side[last]!)) {
      if (inserts) {
        sourceOf[t] = -1;
        sourceOf[last] = s;
      } else {
        sourceOf[t] = last;
      }
      first -= 1;
      last -= 1;
      s -= 1;
      t -= 1;
    }
  }
  return sourceOf;
}

/** Pairs the k-th word with the k-th word, and punctuation within the same gap; `null` unless there are as many words. */
function pairInOrder(source: readonly Segment[], target: readonly Segment[]): number[] | null {
  const sourceGaps = splitAtWords(source);
  const targetGaps = splitAtWords(target);
  if (sourceGaps.length !== targetGaps.length) return null;
  const sourceOf = new Array<number>(target.length).fill(-1);
  targetGaps.forEach((gap, k) => {
    const other = sourceGaps[k]!;
    if (gap.word !== -1 && keyOf(target[gap.word]!) === keyOf(source[other.word]!))
      sourceOf[gap.word] = other.word;
    const marks = align(
      other.marks.map((s) => keyOf(source[s]!)),
      gap.marks.map((t) => keyOf(target[t]!)),
    );
    marks.forEach((s, t) => {
      if (s !== -1) sourceOf[gap.marks[t]!] = other.marks[s]!;
    });
  });
  return sourceOf;
}

/** Indices of the segments, cut before every word: each part is a word (none in the first part) and the punctuation after it. */
function splitAtWords(segments: readonly Segment[]): { word: number; marks: number[] }[] {
  const parts = [{ word: -1, marks: [] as number[] }];
  segments.forEach(({ isWord }, index) => {
    if (isWord) parts.push({ word: index, marks: [] });
    else parts.at(-1)!.marks.push(index);
  });
  return parts;
}

function changesOf(sourceLength: number, sourceOf: readonly number[]): Change[] {
  const changes: Change[] = [];
  let from = 0;
  let targetFrom = 0;
  const closeAt = (to: number, targetTo: number) => {
    if (to > from || targetTo > targetFrom) changes.push({ from, to, targetFrom, targetTo });
    from = to + 1;
    targetFrom = targetTo + 1;
  };
  sourceOf.forEach((s, t) => {
    if (s !== -1) closeAt(s, t);
  });
  closeAt(sourceLength, sourceOf.length);
  return changes;
}

function unequalWords(source: readonly Segment[], target: readonly Segment[]): FateZeroError {
  const count = (segments: readonly Segment[]) => segments.filter(({ isWord }) => isWord).length;
  return new FateZeroError(
    "unequal-word-count",
    `Replacing word for word needs as many words in both prompts; the source has ${count(source)}, the target ${count(target)}.`,
    'Use method "refine" or "auto".',
  );
}
