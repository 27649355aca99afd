import type { CaseResult } from "./case.ts";
import type { Row } from "./rows.ts";

const HEAD = ["quantity", "compared", "worst difference", "mark", ""] as const;

/** Tensor names with their numbers folded: `attention_blend/mask####`. */
function fold(names: readonly string[]): string {
  const folded = names.map((name) => name.replace(/\d{2,}/g, (digits) => "#".repeat(digits.length)));
  return [...new Set(folded)].join(", ");
}

function table(rows: readonly Row[]): string[] {
  const cells = rows.map(({ quantity, compared, worst, mark, verdict }) => [
    quantity,
    compared,
    worst,
    mark,
    verdict,
  ]);
  const all = [HEAD, ...cells];
  const widths = HEAD.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  return all.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i]!)).join("  ")}`.trimEnd());
}

/** A case as a readable table; what could not be compared at all stands below it with its reason. */
export function formatCase(name: string, { rows, failures, unused, about }: CaseResult): string {
  const lines = [about === "" ? name : `${name}: ${about}`];
  if (rows.length > 0) lines.push(...table(rows));
  for (const { what, reason, judged } of failures)
    lines.push(`  ${judged ? "MISS" : "not run"}  ${what}: ${reason.replace(/\n/g, "\n        ")}`);
  if (unused.length > 0) lines.push(`  not compared: ${fold(unused)}`);
  return `${lines.join("\n")}\n`;
}
