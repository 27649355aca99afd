import { join } from "node:path";
import { defaultOf, type RankRequest } from "../../request/index.ts";
import { leaveOut, say, the } from "../../say.ts";
import { asPhase } from "../as-phase.ts";
import { checkPage, writePage } from "../page.ts";
import type { Session } from "../session.ts";
import { usageError } from "../usage.ts";
import { readAllAnswers } from "./answers.ts";
import { blind, idOf } from "./blind.ts";
import { readRankInput } from "./rank-input.ts";
import { rankPage } from "./rank-page.ts";
import { type RankTable, rankTable } from "./rank-table.ts";

/** What comes of it: the page that people answer, or the table that their answers come to. */
export type Ranked =
  | {
      readonly kind: "page";
      readonly page: string;
      readonly seed: number;
      readonly cells: number;
      /** Cells of the table with fewer than two results. */
      readonly leftOut: number;
      /** Whether its pictures are exactly the results'. */
      readonly lossless: boolean;
    }
  | ({ readonly kind: "table"; readonly seed: number } & RankTable);

/** `fatezero bench rank`: has people rank the results of methods without telling them whose they are (paper, Tab. 1). */
export async function rankJob(request: RankRequest, { signal, report }: Session): Promise<Ranked> {
  const { results: folder, answers, seed = defaultOf("seed", "rank") } = request;
  if (answers !== undefined && request.out !== undefined)
    throw usageError(
      say`${the("out")} would have no effect: with ${the("answers")} no page is made.`,
      say`${leaveOut("out")}; the table is printed.`,
    );
  const page = request.out ?? join(folder, "rank.html");
  const input = await readRankInput(folder);
  if (answers === undefined) await checkPage(page, "out");
  const cells = blind(input, seed);
  const id = await asPhase(report, "read", () => idOf(cells, seed), folder);
  if (answers !== undefined) {
    const read = await readAllAnswers(answers, id, cells);
    return { kind: "table", seed, ...rankTable(input.methods, read, cells.length) };
  }
  const { html, lossless } = await asPhase(report, "draw", () => rankPage(id, cells, signal), "the page");
  await asPhase(report, "write", () => writePage(page, html), page);
  return { kind: "page", page, seed, cells: cells.length, leftOut: input.leftOut, lossless };
}
