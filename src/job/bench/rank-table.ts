import { count } from "../../quantity.ts";
import { type Answers, QUESTIONS, type Question } from "./answers.ts";

/** Where people put a method: mean ranks, 1 the best. Null where nobody ranked it. */
export interface MethodRank {
  readonly method: string;
  readonly ranks: Readonly<Record<Question, number | null>>;
  /** Rankings that it was in, of each question: people times edits. */
  readonly answers: number;
}

/** The table that answers come to, in the layout of the paper's user study (Tab. 1). */
export interface RankTable {
  readonly methods: readonly MethodRank[];
  readonly people: number;
  readonly cells: number;
}

/** Means the ranks of every method over all people and edits. */
export function rankTable(methods: readonly string[], answers: readonly Answers[], cells: number): RankTable {
  const rows = methods.map((method): MethodRank => {
    const placesOf = (question: Question): readonly number[] =>
      answers.flatMap(({ cells }) =>
        cells.map((cell) => cell[question].indexOf(method) + 1).filter((rank) => rank > 0),
      );
    const mean = (question: Question): number | null => {
      const places = placesOf(question);
      return places.length === 0 ? null : places.reduce((sum, rank) => sum + rank, 0) / places.length;
    };
    return {
      method,
      ranks: { edit: mean("edit"), image: mean("image"), temporal: mean("temporal") },
      answers: placesOf("edit").length,
    };
  });
  return { methods: rows, people: answers.length, cells };
}

/** What must be known to read it. */
function notesOf({ methods, people, cells }: RankTable): readonly string[] {
  const fewer = methods.filter(({ answers }) => answers > 0 && answers < people * cells);
  const none = methods.filter(({ answers }) => answers === 0);
  const named = (rows: readonly MethodRank[]): string => rows.map(({ method }) => method).join(", ");
  return [
    `Mean ranks, 1 is the best, of ${people === 1 ? "one person" : `${people} people`} over ${count(cells, "edit")}.`,
    ...(fewer.length > 0 ? [`Not ranked in every edit, so not among all others: ${named(fewer)}.`] : []),
    ...(none.length > 0 ? [`Without a result: ${named(none)}.`] : []),
  ];
}

const HEAD = ["method", "Edit", "Image", "Temp", "answers"] as const;

/** The cells of the table; the best of each question is told apart by `best`. */
function cellsOf({ methods }: RankTable, best: (text: string) => string): readonly (readonly string[])[] {
  const least = QUESTIONS.map((question) =>
    Math.min(...methods.map(({ ranks }) => ranks[question] ?? Number.POSITIVE_INFINITY)),
  );
  return methods.map(({ method, ranks, answers }) => [
    method,
    ...QUESTIONS.map((question, q) => {
      const rank = ranks[question];
      if (rank === null) return "–";
      const text = rank.toFixed(2);
      return rank === least[q] ? best(text) : text;
    }),
    String(answers),
  ]);
}

/** The table for a terminal. */
export function rankText(table: RankTable): string {
  const rows = [HEAD, ...cellsOf(table, (text) => `*${text}`)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row
      .map((text, column) => (column === 0 ? text.padEnd(widths[0]!) : text.padStart(widths[column]!)))
      .join("  "),
  );
  return [...lines, "", ...notesOf(table), "* the best of its column"].join("\n");
}

/** The table as Markdown. */
export function rankMarkdown(table: RankTable): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const lines = cellsOf(table, (text) => `**${text}**`).map(([method, ...rest]) =>
    row([method!.replaceAll("|", "\\|"), ...rest]),
  );
  const rule = row(HEAD.map((_, column) => (column === 0 ? "---" : "---:")));
  return [row(HEAD), rule, ...lines, "", ...notesOf(table)].join("\n");
}
