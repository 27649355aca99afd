import { needsText } from "../../job/needs.ts";
import type { FailedPair, PlannedPair } from "../../job/plan-prompts.ts";
import { quoteArgument } from "../../job/quote.ts";
import { printable, printableJson } from "../../printable.ts";
import type { AlignedWord } from "../../prompt/index.ts";
import { label } from "../terminal/text.ts";

const quoted = (words: readonly string[]): string => words.map((word) => `"${word}"`).join(", ");

/** `blue ← red`; a word that follows none stands alone. */
function shown({ target, source }: AlignedWord): string {
  return source.length === 0 ? `${target} (new)` : `${target} ← ${source.join(" ")}`;
}

function maskLine({ maskWords, hasMask, settings }: PlannedPair): string {
  if (hasMask && settings.maskFrom === "difference") return "none: it is where the predictions differ";
  if (maskWords.length === 0) return "none";
  return hasMask ? quoted(maskWords) : `${quoted(maskWords)}, but no mask is used`;
}

function linesOf(pair: PlannedPair | FailedPair, tellsNeeds: boolean): string[] {
  const entries: (readonly [name: string, text: string])[] = [
    ["source", pair.source],
    ["target", pair.target],
  ];
  if ("error" in pair) entries.push(["error", `${pair.error.message} ${pair.error.remedy}`]);
  else {
    entries.push(
      ["edit", pair.explanation],
      ["alignment", pair.alignment.map(shown).join(", ")],
      ["kind", pair.kind],
      ["mask words", maskLine(pair)],
      ["model", pair.model ?? "Stable Diffusion 1.x and 2.x in general; name another with --model"],
      ["preset", pair.preset],
      ["settings", pair.arguments.map(quoteArgument).join(" ")],
      ...(pair.needs && tellsNeeds ? [["needs", needsText(pair.needs)] as const] : []),
      ...pair.warnings.map(({ message }) => ["warning", message] as const),
    );
  }
  return entries.flatMap(([name, text]) =>
    printable(text)
      .split("\n")
      .map((line, i) => `${label(i === 0 ? name : "")}${line}`),
  );
}

/** Plans for a person: a paragraph each, or for programs: one JSON object a line. */
export function writePlans(pairs: readonly (PlannedPair | FailedPair)[], json: boolean): string {
  if (json) return pairs.map((pair) => printableJson(pair)).join("\n");
  // What all take together is told once.
  const last = pairs.findLastIndex((pair) => "needs" in pair);
  return pairs.map((pair, i) => linesOf(pair, i === last).join("\n")).join("\n\n");
}
