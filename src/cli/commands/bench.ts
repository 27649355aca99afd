import type { Command } from "@commander-js/extra-typings";
import { flagNames, type RequestKind, type Requests } from "../../request/index.ts";
import { runQuery, runSession, type SessionOptions } from "../terminal/session.ts";
import { RANK_EXAMPLES, TABLE1_EXAMPLES } from "./examples.ts";
import { loading } from "./loading.ts";
import * as option from "./options.ts";

/** Requests whose commands stand below `fatezero bench`. */
export const BENCH_KINDS = ["table1", "rank"] as const satisfies readonly RequestKind[];
export type BenchKind = (typeof BENCH_KINDS)[number];

/** What their help says. */
export const BENCH_ABOUT = {
  table1: {
    summary: "edit clips by every method, and print the paper's Table 1",
    description:
      "Edits every clip in CLIPS by the paper's method and those that it is compared with, measures all alike, and prints the table. A run that was stopped goes on where it was.",
    examples: TABLE1_EXAMPLES,
  },
  rank: {
    summary: "have people rank the results of methods, without telling them whose they are",
    description:
      "Makes a page on which people rank the results in DIR by three questions, as in the paper's user study, or with --answers the table that their answers come to.",
    examples: RANK_EXAMPLES,
  },
} as const satisfies Record<BenchKind, object>;

/** What the command line alone says to them. */
export interface BenchOptions extends SessionOptions {
  readonly markdown?: boolean | undefined;
}

async function runTable1(request: Requests["table1"], options: BenchOptions): Promise<void> {
  return runSession(
    options,
    async (session) => {
      const { table1Job } = await loading(session, () => import("../../job/bench/table1.ts"));
      const { output, text, markdown, failed } = await table1Job(request, session);
      // The others are there, and what is missing is told beside them.
      if (failed.length > 0) process.exitCode = 1;
      return { output, text: options.markdown ? markdown : text };
    },
    flagNames("table1"),
  );
}

async function runRank(request: Requests["rank"], options: BenchOptions): Promise<void> {
  const form = options.json ? "json" : options.markdown ? "markdown" : "text";
  return runQuery(
    options,
    async (session) => {
      const { rankJob } = await import("../../job/bench/rank.ts");
      const { writeRanked } = await import("./rank.ts");
      return writeRanked(await rankJob(request, session), form);
    },
    { tellsPhases: true },
  );
}

/** What they do. */
export const BENCH_RUN: {
  readonly [K in BenchKind]: (request: Requests[K], options: BenchOptions) => Promise<void>;
} = { table1: runTable1, rank: runRank };

/** `fatezero bench` and what stands below it; `add` adds a request's command to a group. */
export function addBenchCommand(program: Command, add: (group: Command, kind: BenchKind) => void): void {
  const group = program
    .command("bench")
    .summary("compare methods over many clips")
    .description("Compares methods of editing over many clips, as the paper does.")
    .addHelpOption(option.help);
  for (const kind of BENCH_KINDS) add(group, kind);
}
