import { wordWindows } from "../../prompt/windows.ts";
import type { FieldValue } from "../fields/index.ts";
import { fault, numberOf, type Read, value } from "./read.ts";

/** Shares of the steps, and what is said by word: readers of texts, and their writers. */

type Window = FieldValue<"selfSteps">;
type Windows = FieldValue<"crossSteps">;
type MaskWords = FieldValue<"maskWords">;
type Factors = FieldValue<"amplify">;

const RANGE = /^(\d*\.?\d+)\s*[-,]\s*(\d*\.?\d+)$/;

function windowOf(text: string): Window | null {
  const share = numberOf(text);
  if (share >= 0 && share <= 1) return share;
  const [, from, to] = RANGE.exec(text.trim()) ?? [];
  const range = [Number(from), Number(to)] as const;
  return range[0] <= range[1] && range[1] <= 1 ? range : null;
}

/** A share of the steps, `0.8`, or the part from one share to another, `0.1-0.7` or `0.1,0.7`. */
export function readWindow(text: string): Read<Window> {
  const window = windowOf(text);
  if (window !== null) return value(window);
  return fault("It must be a share of the steps from 0 to 1 like 0.8, or a range of them like 0.1-0.7.");
}

export function writeWindow(window: Window): string {
  return typeof window === "number" ? String(window) : window.join("-");
}

/** A window for all words, or windows by word: `default=0.7,golden=0.1-0.4`. */
export function readWindows(text: string): Read<Windows> {
  if (!text.includes("=")) return readWindow(text);
  const names = new Set<string>();
  const entries: (readonly [string, Window])[] = [];
  for (const entry of text.split(",")) {
    const at = entry.lastIndexOf("=");
    const name = entry.slice(0, at).trim();
    const window = windowOf(entry.slice(at + 1));
    if (at < 1 || name === "" || window === null) {
      return fault(
        `"${entry.trim()}" is not WORD=SHARE: write e.g. default=0.7,golden=0.1-0.4 with shares from 0 to 1.`,
      );
    }
    if (names.has(name)) return fault(`It names "${name}" twice.`);
    names.add(name);
    entries.push([name === "default" ? "default_" : name, window]);
  }
  return value(entries);
}

export function writeWindows(windows: Windows): string {
  const { rest, words } = wordWindows(windows);
  if (words.length === 0 && rest !== null) return writeWindow(rest);
  const all = rest === null ? words : [["default", rest] as const, ...words];
  return all.map(([word, window]) => `${word}=${writeWindow(window)}`).join(",");
}

/** A list of source words; `none` switches the mask off, `auto` is the rule. */
export function readMaskWords(text: string): Read<MaskWords> {
  const only = text.trim();
  if (only === "none" || only === "auto") return value(only);
  const source = text.split(",").map((word) => word.trim());
  if (source.includes("")) return fault('It must be words of the source prompt like car,road; or "none".');
  return value({ source });
}

/** Words of the target, which the latent blend alone looks at, have no place in it. */
export function writeMaskWords(words: MaskWords): string {
  return typeof words === "string" ? words : words.source.join(",");
}

/** `WORD=N`, added to those before. */
export function readFactor(text: string, before: Factors = []): Read<Factors> {
  const at = text.lastIndexOf("=");
  const word = text.slice(0, Math.max(at, 0)).trim();
  const factor = numberOf(text.slice(at + 1));
  if (word === "" || word.includes("=") || !(factor >= 0)) {
    return fault(
      "It must be WORD=N with a number N from 0 up, such as golden=3; repeat the option for more words.",
    );
  }
  if (before.some(([name]) => name === word)) return fault(`"${word}" was given twice.`);
  return value([...before, [word, factor]]);
}

export function writeFactors(factors: Factors): readonly string[] {
  return factors.map(([word, factor]) => `${word}=${factor}`);
}
