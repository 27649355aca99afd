import { InvalidArgumentError } from "@commander-js/extra-typings";
import type { Amplification, CrossSteps, FusionWindow, MaskWords } from "../../prompt/index.ts";

/** Readers of option values: text in, value out; what does not fit throws commander's error, which names the option. */

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const RANGE = /^(\d*\.?\d+)\s*[-,]\s*(\d*\.?\d+)$/;

function numberOf(text: string): number {
  return NUMBER.test(text.trim()) ? Number(text) : Number.NaN;
}

/** Reads whole numbers in a range; `unit` is what they count. */
export function wholeNumber(min: number, max: number, unit: string): (text: string) => number {
  const range = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `${min} to ${max}`;
  return (text) => {
    const value = numberOf(text);
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number of ${unit}, ${range}.`);
  };
}

/** Reads numbers from `min` to `max`; with `above`, `min` itself is refused. */
export function decimal(min: number, max: number, above = false): (text: string) => number {
  return (text) => {
    const value = numberOf(text);
    if (value >= min && value <= max && !(above && value === min)) return value;
    throw new InvalidArgumentError(
      `It must be a number ${above ? "above" : "from"} ${min}${above ? ", up" : ""} to ${max}.`,
    );
  };
}

/** Reads a sentence. */
export function prompt(text: string): string {
  if (text.trim() === "") throw new InvalidArgumentError("The sentence is empty.");
  return notAnOption(text);
}

/** Reads a path or name. */
export function path(text: string): string {
  if (text === "") throw new InvalidArgumentError("It is empty.");
  return notAnOption(text);
}

/** Reads a path or name and adds it to those before. */
export function paths(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), path(text)];
}

// `-s -t "…"`: the value was forgotten, and the next option would be taken for it.
function notAnOption(text: string): string {
  if (!/^(-[a-z]|--[a-z][a-z-]*)$/.test(text)) return text;
  throw new InvalidArgumentError("That is an option: the value before it is missing.");
}

function windowOf(text: string): FusionWindow | null {
  const share = numberOf(text);
  if (share >= 0 && share <= 1) return share;
  const [, from, to] = RANGE.exec(text.trim()) ?? [];
  const range = [Number(from), Number(to)] as const;
  return range[0] <= range[1] && range[1] <= 1 ? range : null;
}

/** Reads a share of the steps, `0.8`, or the part from one share to another, `0.1-0.7` or `0.1,0.7`. */
export function fusionWindow(text: string): FusionWindow {
  const window = windowOf(text);
  if (window !== null) return window;
  throw new InvalidArgumentError(
    "It must be a share of the steps from 0 to 1 like 0.8, or a range of them like 0.1-0.7.",
  );
}

/** Reads a window for all words, or windows by word: `default=0.7,golden=0.1-0.4`. */
export function crossSteps(text: string): CrossSteps {
  if (!text.includes("=")) return fusionWindow(text);
  const names = new Set<string>();
  return text.split(",").map((entry) => {
    const at = entry.lastIndexOf("=");
    const name = entry.slice(0, at).trim();
    const window = windowOf(entry.slice(at + 1));
    if (at < 1 || name === "" || window === null) {
      throw new InvalidArgumentError(
        `"${entry.trim()}" is not WORD=SHARE: write e.g. default=0.7,golden=0.1-0.4 with shares from 0 to 1.`,
      );
    }
    if (names.has(name)) throw new InvalidArgumentError(`It names "${name}" twice.`);
    names.add(name);
    return [name === "default" ? "default_" : name, window] as const;
  });
}

/** Reads a list of source words; `none` switches the mask off, `auto` is the rule. */
export function maskWords(text: string): MaskWords | "auto" | "none" {
  const only = text.trim();
  if (only === "none" || only === "auto") return only;
  const source = text.split(",").map((word) => word.trim());
  if (source.includes(""))
    throw new InvalidArgumentError('It must be words of the source prompt like car,road; or "none".');
  return { source };
}

/** Reads `WORD=N` and adds it to those before. */
export function amplification(
  text: string,
  before: readonly Amplification[] | undefined,
): readonly Amplification[] {
  const at = text.lastIndexOf("=");
  const word = text.slice(0, Math.max(at, 0)).trim();
  const factor = numberOf(text.slice(at + 1));
  if (word === "" || word.includes("=") || !(factor >= 0)) {
    throw new InvalidArgumentError(
      "It must be WORD=N with a number N from 0 up, such as golden=3; repeat the option for more words.",
    );
  }
  if (before?.some(([name]) => name === word)) throw new InvalidArgumentError(`"${word}" was given twice.`);
  return [...(before ?? []), [word, factor]];
}
