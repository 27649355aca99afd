import type { Ranked } from "../../job/bench/rank.ts";
import { rankMarkdown, rankText } from "../../job/bench/rank-table.ts";
import { printable, printableJson } from "../../printable.ts";
import { count } from "../../quantity.ts";

/** How an answer is written. */
export type Form = "text" | "markdown" | "json";

/** A page that was made, or the table of its answers, for a person or a program. */
export function writeRanked({ kind, ...ranked }: Ranked, form: Form): string {
  if (form === "json") return printableJson(ranked);
  if ("methods" in ranked) return printable(form === "markdown" ? rankMarkdown(ranked) : rankText(ranked));
  const { page, cells, leftOut, lossless } = ranked;
  const notes = [
    `${count(cells, "edit")} to rank. Hand out the page; people open it in a browser and send back the file that it gives them.`,
    ...(leftOut > 0 ? [`Left out for want of two results: ${count(leftOut, "edit")}.`] : []),
    ...(lossless ? [] : ["Its pictures are WebP of high quality: lossless they would be too large."]),
  ];
  return printable([page, "", ...notes].join("\n"));
}
