import type { Evaluated } from "../../job/eval/eval.ts";
import type { EvalRow } from "../../job/eval/rows.ts";
import { printable, printableJson } from "../../printable.ts";
import { flagNames } from "../../request/index.ts";
import { inWords } from "../../say.ts";

/** The lines as a table for a terminal. */
function tableOf(rows: readonly EvalRow[]): string {
  const cells = rows.map(({ name, value, beside, better }) => [name, value, beside, better]);
  const widths = [0, 1, 2].map((column) => Math.max(0, ...cells.map((row) => row[column]!.length)));
  const lines: string[] = [];
  for (const [i, row] of cells.entries()) {
    const { group } = rows[i]!;
    if (group !== rows[i - 1]?.group) lines.push(...(i > 0 ? [""] : []), group);
    const [name, value, beside, better] = row as [string, string, string, string];
    const line = `  ${name.padEnd(widths[0]!)}  ${value.padStart(widths[1]!)}  ${beside.padEnd(widths[2]!)}  ${better && `${better} is better`}`;
    lines.push(line.trimEnd());
  }
  return lines.join("\n");
}

/** An evaluation for a person: a table, what was not measured, and the page that was written; for programs JSON. */
export function writeEvaluation({ rows, notes, evaluation, page }: Evaluated, json: boolean): string {
  const words = notes.map((note) => printable(inWords(note, flagNames("eval"))));
  if (json) return printableJson({ ...evaluation, notes: words, report: page });
  return [tableOf(rows), ...words, ...(page === null ? [] : [printable(page)])].join("\n\n");
}
