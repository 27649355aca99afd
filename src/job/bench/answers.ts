import { FateZeroError } from "../../errors.ts";
import { isJsonObject, readJsonObject, shownJson } from "../../json.ts";
import { readText } from "../../read-text.node.ts";
import { say, the } from "../../say.ts";
import { type BlindCell, letterOf } from "./blind.ts";

/** The three questions of the paper's user study (Tab. 1), in their order. */
export const QUESTIONS = ["edit", "image", "temporal"] as const;
export type Question = (typeof QUESTIONS)[number];

/** What one person answered: of each cell and question the methods, best first. */
export interface Answers {
  readonly rater: string;
  readonly cells: readonly Readonly<Record<Question, readonly string[]>>[];
}

/** Whether a list has each of the letters once. */
function isRanking(value: unknown, letters: readonly string[]): value is readonly string[] {
  return (
    Array.isArray(value) &&
    value.length === letters.length &&
    letters.every((letter) => value.includes(letter))
  );
}

/**
 * Reads a file of answers to the page of these cells, and gives the letters their methods back.
 *
 * @throws FateZeroError `rank-answers`, which says what is wrong with it
 */
async function readAnswers(file: string, page: string, blind: readonly BlindCell[]): Promise<Answers> {
  const bad = (what: string): FateZeroError =>
    new FateZeroError("rank-answers", `"${file}" ${what}.`, "Give files as the page gave them.");
  const text = await readText(file, (cause) =>
    bad(
      cause.code === "ENOENT" ? "does not exist" : cause.code === "EISDIR" ? "is a folder" : "cannot be read",
    ),
  );
  const read = readJsonObject(text);
  if (read.fault !== null) throw bad(read.fault);
  const { version, page: answered, rater, cells } = read.value;
  if (version !== 1 || typeof answered !== "string" || typeof rater !== "string" || rater === "")
    throw bad("holds no answers of such a page");
  if (answered !== page) {
    throw new FateZeroError(
      "rank-answers",
      `"${file}" answers another page: its seed was another, or the results have changed since.`,
      say`Give the ${the("seed")} of that page and its folder as it was, or make a page anew and have it answered.`,
    );
  }
  if (!Array.isArray(cells) || cells.length !== blind.length)
    throw bad(`has answers to ${Array.isArray(cells) ? cells.length : "no"} of ${blind.length} edits`);
  return {
    rater,
    cells: blind.map(({ order }, c) => {
      const cell: unknown = cells[c];
      const letters = order.map((_, place) => letterOf(place));
      const ranked = (question: Question): readonly string[] => {
        const value: unknown = isJsonObject(cell) ? cell[question] : undefined;
        if (isRanking(value, letters)) return value.map((letter) => order[letters.indexOf(letter)]!);
        throw bad(
          `does not rank ${letters.join(", ")} once each, at cells.${c}.${question}: ${shownJson(value ?? null)}`,
        );
      };
      return { edit: ranked("edit"), image: ranked("image"), temporal: ranked("temporal") };
    }),
  };
}

/** Reads all files of answers. Throws also where two of them are one person's. */
export async function readAllAnswers(
  files: readonly string[],
  page: string,
  blind: readonly BlindCell[],
): Promise<readonly Answers[]> {
  const read: Answers[] = [];
  for (const file of files) {
    const answers = await readAnswers(file, page, blind);
    const same = read.findIndex(({ rater }) => rater === answers.rater);
    if (same >= 0) {
      throw new FateZeroError(
        "rank-answers",
        `"${file}" and "${files[same]}" are the answers of one person, who would count twice.`,
        "Leave one of them out.",
      );
    }
    read.push(answers);
  }
  return read;
}
