import { FateZeroError } from "../errors.ts";
import { say, the } from "../say.ts";
import { type Difference, findDifference } from "./difference.ts";
import { explainDifference, noteMask } from "./explain.ts";
import { padIds } from "./pad.ts";
import type { EditReading } from "./reading/index.ts";
import { findWord, type Segment, segmentPrompt, tokensOf } from "./segments.ts";
import { tokenMap } from "./token-map.ts";
import type { EditOptions, PlanMask, PlanParts, PlanWarning, Tokenizer, WordName } from "./types.ts";
import { namedWindows, nearestStep, stepRange, tableEntries, windowRows } from "./windows.ts";

const DEFAULT_SELF_STEPS = 0.8;
const DEFAULT_CROSS_STEPS = 0.7;

/** The plan as this project understands the method: what the released code leaves to luck is found or refused. */
export function defaultParts(tokenizer: Tokenizer, options: EditOptions, reading: EditReading): PlanParts {
  const length = tokenizer.maxLength;
  const sourceIds = padIds(tokenizer, options.source, "refuse", "source prompt");
  const targetIds = padIds(tokenizer, options.target, "refuse", "target prompt");
  const source = segmentPrompt(tokenizer, options.source);
  const target = segmentPrompt(tokenizer, options.target);
  const counts = { source: countOf(source), target: countOf(target) };
  const difference = findDifference(source, target, options.method);
  const { matrix, alphas, mapper } = tokenMap(difference, counts, length);
  const inTarget = (name: WordName) => named(tokenizer, target, name, "target prompt");

  const rounding = nearestStep(options.steps);
  const windows = namedWindows(options.crossSteps ?? DEFAULT_CROSS_STEPS, DEFAULT_CROSS_STEPS);
  const wordWindows = windows.words.map(([name, window]) => ({
    tokens: tokensOf(inTarget(name)),
    range: stepRange(window, rounding, `The cross-attention window of "${name}"`),
  }));
  const equalizer = new Float32Array(length).fill(1);
  for (const [name, factor] of tableEntries(options.amplify ?? {})) {
    if (!Number.isFinite(factor) || factor < 0) throw badFactor(name, factor);
    for (const n of tokensOf(inTarget(name))) equalizer[n] = factor;
  }
  const { mask, remark } = maskOf(tokenizer, options, difference, reading);
  return {
    source: { text: options.source, ids: sourceIds, count: counts.source },
    target: { text: options.target, ids: targetIds, count: counts.target },
    mask,
    control: {
      method: difference.method,
      map: matrix,
      alphas,
      mapper,
      crossWindows: windowRows(
        length,
        rounding,
        stepRange(windows.rest, rounding, "crossSteps"),
        wordWindows,
      ),
      rows: rounding.rows,
      selfWindow: stepRange(options.selfSteps ?? DEFAULT_SELF_STEPS, rounding, "selfSteps"),
      equalizer,
    },
    warnings: warningsOf(options, reading),
    kind: reading.kind,
    explanation: explainDifference(difference, reading),
    maskNote: noteMask(mask, remark),
  };
}

/** What to say of a pair that changes nothing, or that the rule could not read. */
function warningsOf(
  { source, target, amplify, maskWords }: EditOptions,
  reading: EditReading,
): PlanWarning[] {
  if (reading.changes.length === 0 && tableEntries(amplify ?? {}).length === 0) {
    const why = source === target ? "The prompts are the same" : "The prompts differ in nothing that shows";
    return [{ code: "same-prompts", message: `${why}: the edit will look like the source.` }];
  }
  if (!reading.isGuess || (maskWords !== undefined && maskWords !== "auto")) return [];
  const taken = reading.maskWords.map((word) => `"${word}"`).join(", ");
  const message = say`What changes was not understood; it is taken to be ${taken || "the whole picture"}. Name another with ${the("maskWords")} (the source names ${reading.things.join(", ") || "nothing"}), and the kind of edit with ${the("preset")}.`;
  return [{ code: "unclear-edit", message }];
}

function maskOf(
  tokenizer: Tokenizer,
  options: EditOptions,
  difference: Difference,
  reading: EditReading,
): { mask: PlanMask; remark: string } {
  const { maskWords = "auto" } = options;
  if (maskWords === "none") return { mask: maskFrom([], []), remark: "switched off" };
  if (maskWords === "auto") return { mask: reading.mask, remark: "" };
  const find = (words: readonly WordName[], segments: readonly Segment[], role: string) =>
    words.flatMap((word) => named(tokenizer, segments, word, role));
  const source = find(maskWords.source, difference.source, "source prompt");
  const target = find(maskWords.target ?? [], difference.target, "target prompt");
  return { mask: maskFrom(source, target), remark: "as given" };
}

function maskFrom(source: readonly Segment[], target: readonly Segment[]): PlanMask {
  const wordsOf = (segments: readonly Segment[]) =>
    [...new Set(segments)].sort((a, b) => a.start - b.start).map(({ text }) => text);
  return {
    sourceTokens: tokensOf(source),
    targetTokens: tokensOf(target),
    sourceWords: wordsOf(source),
    targetWords: wordsOf(target),
  };
}

/** The segments of a named word; an error if the prompt does not hold it. */
function named(tokenizer: Tokenizer, segments: readonly Segment[], name: WordName, role: string): Segment[] {
  const found = findWord(tokenizer, segments, name);
  if (found.length > 0) return found;
  const words = [...new Set(segments.filter(({ isWord }) => isWord).map(({ text }) => text))];
  throw new FateZeroError(
    "unknown-word",
    `${typeof name === "number" ? `Word number ${name}` : `"${name}"`} is not in the ${role}.`,
    words.length > 0 ? `Its words are: ${words.join(", ")}.` : "It has no words.",
  );
}

function badFactor(name: WordName, factor: number): FateZeroError {
  return new FateZeroError(
    "bad-amplification",
    `"${name}" cannot be amplified by ${factor}.`,
    "Write a number from 0 on; 1 changes nothing.",
  );
}

// Begin and end mark included.
function countOf(segments: readonly Segment[]): number {
  return (segments.at(-1)?.end ?? 1) + 1;
}
