import type { Change, Difference } from "./difference.ts";
import type { EditReading } from "./reading/index.ts";
import { type Segment, textOf } from "./segments.ts";
import type { PlanControl, PlanMask } from "./types.ts";

/** One line on which words change and how, one on what that means. */
export function explainDifference(difference: Difference, reading: EditReading): string {
  const said = difference.changes
    .map((change) => sayChange(difference, change))
    .filter((text) => text !== "");
  const rule = difference.method === "replace" ? "Replace, word for word" : "Refine";
  const what = said.length > 0 ? said.join("; ") : "the prompts say the same";
  return `${rule}: ${what}.\n${reading.explanation}`;
}

/** The same for the released code's rules, where words are only ever named by the caller. */
export function explainReleased(control: PlanControl, mask: PlanMask): string {
  const rule = control.method === "replace" ? "Replace, word for word" : "Refine";
  return `${rule}, as the released code does.\n${noteMask(mask, "")}`;
}

function sayChange({ source, target }: Difference, change: Change): string {
  const say = (segments: readonly Segment[]) => textOf(segments.filter(({ isWord }) => isWord));
  const before = say(source.slice(change.from, change.to));
  const after = say(target.slice(change.targetFrom, change.targetTo));
  if (before !== "" && after !== "") return `"${before}" becomes "${after}"`;
  if (after !== "") return `"${after}" is added`;
  return before !== "" ? `"${before}" is removed` : "";
}

/** One line on the words of the mask. */
export function noteMask({ sourceWords, targetWords }: PlanMask, remark: string): string {
  const why = remark === "" ? "" : ` (${remark})`;
  const quoted = (words: readonly string[]) => words.map((word) => `"${word}"`).join(", ");
  if (sourceWords.length === 0 && targetWords.length === 0)
    return `No mask${why}: the source's self-attention holds everywhere.`;
  const inTarget = targetWords.length > 0 ? `; in the target ${quoted(targetWords)}` : "";
  return `Mask words: ${sourceWords.length > 0 ? quoted(sourceWords) : "none"}${inTarget}${why}.`;
}
