import { explainReleased } from "../explain.ts";
import { overflowText, padIds } from "../pad.ts";
import { matrixOf, refineMap } from "../refine-map.ts";
import type {
  EditOptions,
  MaskWords,
  PlanControl,
  PlanMask,
  PlanParts,
  PlanPrompt,
  PlanWarning,
  Tokenizer,
  WordName,
} from "../types.ts";
import {
  namedWindows,
  releasedCrossRounding,
  releasedSelfRounding,
  stepRange,
  tableEntries,
  windowRows,
} from "../windows.ts";
import { releasedTokenizer } from "./fix-text.ts";
import { releasedReplaceMap } from "./replace-map.ts";
import { tokensOfWord } from "./word-tokens.ts";

/** The plan as the released code makes it, to the number. What it silently ignores becomes a warning that names the word. */
export function releasedParts(plainTokenizer: Tokenizer, options: EditOptions): PlanParts {
  const tokenizer = releasedTokenizer(plainTokenizer);
  const length = tokenizer.maxLength;
  const warnings: PlanWarning[] = [];
  const warn = (code: string, message: string) => warnings.push({ code, message });
  const source = readPrompt(tokenizer, options.source, "source prompt", warn);
  const target = readPrompt(tokenizer, options.target, "target prompt", warn);
  const find = (prompt: PlanPrompt, name: WordName, purpose: string, role: string) => {
    const tokens = tokensOfWord(tokenizer, prompt.text, name).filter((n) => n < length);
    if (tokens.length === 0)
      warn("word-not-found", `"${name}" is not a word of the ${role}: ${purpose} has no effect.`);
    return tokens;
  };

  const rounding = releasedCrossRounding(options.steps);
  const windows = namedWindows(options.crossSteps ?? 0.7, [0, 1]);
  const wordWindows = windows.words.map(([name, window]) => ({
    tokens: find(target, name, "its cross-attention window", "target prompt"),
    range: stepRange(window, rounding, `The cross-attention window of "${name}"`),
  }));
  const equalizer = new Float32Array(length).fill(1);
  for (const [name, factor] of tableEntries(options.amplify ?? {})) {
    for (const n of find(target, name, "its amplification", "target prompt")) equalizer[n] = factor;
  }
  const words: MaskWords =
    typeof options.maskWords === "object" ? options.maskWords : { source: [], target: [] };
  const findAll = (prompt: PlanPrompt, names: readonly WordName[], role: string) => {
    const found = names.map((name) => find(prompt, name, "as a mask word it", role));
    const present = names.filter((_, k) => found[k]!.length > 0);
    return {
      tokens: [...new Set(found.flat())].sort((a, b) => a - b),
      words: present.map((name) => wordText(prompt.text, name)),
    };
  };
  const maskSource = findAll(source, words.source, "source prompt");
  const maskTarget = findAll(target, words.target ?? [], "target prompt");
  const mask: PlanMask = {
    sourceTokens: maskSource.tokens,
    targetTokens: maskTarget.tokens,
    sourceWords: maskSource.words,
    targetWords: maskTarget.words,
  };
  const control: PlanControl = {
    ...tokenMap(tokenizer, source, target, options.method, warn),
    crossWindows: windowRows(length, rounding, stepRange(windows.rest, rounding, "crossSteps"), wordWindows),
    rows: rounding.rows,
    selfWindow: stepRange(options.selfSteps ?? 0.8, releasedSelfRounding(options.steps), "selfSteps"),
    equalizer,
  };
  return {
    kind: "attribute",
    source,
    target,
    mask,
    control,
    warnings,
    explanation: explainReleased(control, mask),
    maskNote: "",
  };
}

type Warn = (code: string, message: string) => void;

function readPrompt(tokenizer: Tokenizer, text: string, role: string, warn: Warn): PlanPrompt {
  const ids = padIds(tokenizer, text, "cut");
  const lost = overflowText(tokenizer, text);
  if (lost !== "")
    warn(
      "prompt-cut",
      `The ${role} is longer than ${tokenizer.maxLength} tokens; it was cut before "${lost}".`,
    );
  return { text, ids, count: Math.min(tokenizer.encode(text).length, tokenizer.maxLength) };
}

function tokenMap(
  tokenizer: Tokenizer,
  source: PlanPrompt,
  target: PlanPrompt,
  method: EditOptions["method"],
  warn: Warn,
) {
  const length = tokenizer.maxLength;
  const [sourceWords, targetWords] = [source.text.split(" ").length, target.text.split(" ").length];
  if (method !== "refine" && sourceWords === targetWords) {
    const { matrix, lost } = releasedReplaceMap(tokenizer, source.text, target.text);
    for (const word of lost)
      warn("word-without-tokens", `"${word}" gets no token because of repeated blanks and is not replaced.`);
    return {
      method: "replace",
      map: matrix,
      alphas: new Float32Array(length).fill(1),
      mapper: null,
    } as const;
  }
  if (method !== "refine") {
    warn(
      "refine-instead",
      `The prompts have ${sourceWords} and ${targetWords} words: refine is used, as replace needs equal numbers.`,
    );
  }
  const { mapper, alphas } = refineMap(
    source.ids.slice(0, source.count),
    target.ids.slice(0, target.count),
    length,
  );
  return { method: "refine", map: matrixOf({ mapper, alphas }), alphas, mapper } as const;
}

function wordText(text: string, name: WordName): string {
  return typeof name === "number" ? (text.split(" ")[name] ?? "") : name;
}
