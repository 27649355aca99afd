/** The rules of the page for a blind ranking, which stand in a file of the page itself. */
import { describe, expect, test } from "vitest";

type Ranking = readonly string[];
type Cell = Readonly<Record<"edit" | "image" | "temporal", Ranking>>;
interface State {
  readonly rater: string;
  readonly at: number;
  readonly cells: readonly Cell[];
}
interface Rules {
  choose(ranking: Ranking, letter: string, letters: Ranking): Ranking;
  isAnswered(cell: Cell, letters: Ranking): boolean;
  answeredCells(cells: readonly Cell[], lettersOf: readonly Ranking[]): number;
  noAnswers(lettersOf: readonly Ranking[], rater: string): State;
  restored(text: string | null, lettersOf: readonly Ranking[]): State | null;
  fileOf(page: string, state: State): string;
}

const file = new URL("../../../assets/rank/ranking.js", import.meta.url).href;
const rules: Rules = await import(/* @vite-ignore */ file);
const LETTERS = ["A", "B", "C"];
const chosen = (letters: string): Ranking =>
  [...letters].reduce<Ranking>((ranking, letter) => rules.choose(ranking, letter, LETTERS), []);

describe("choosing letters", () => {
  test.each([
    ["", ""],
    ["B", "B"],
    ["BA", "BAC"],
    ["BB", ""],
    ["BAB", "AC"],
    ["BABB", "ACB"],
    ["BABBB", "AC"],
    ["BZ", "B"],
    ["BACA", "B"],
  ])("%s gives %s", (presses, ranking) => {
    expect(chosen(presses).join("")).toBe(ranking);
  });

  test("never gives two the same place, nor one two places", () => {
    let seed = 1;
    let ranking: Ranking = [];
    for (let i = 0; i < 500; i++) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      ranking = rules.choose(ranking, LETTERS[Math.floor(seed / 2 ** 24) % 3]!, LETTERS);
      expect(new Set(ranking).size).toBe(ranking.length);
      expect(ranking.every((letter) => LETTERS.includes(letter))).toBe(true);
    }
  });
});

describe("what is kept", () => {
  const lettersOf = [LETTERS, ["A", "B"]];
  const none = rules.noAnswers(lettersOf, "someone");
  const some: State = {
    ...none,
    at: 1,
    cells: [
      { edit: ["B", "A", "C"], image: ["A", "B", "C"], temporal: ["C", "B", "A"] },
      { edit: ["B", "A"], image: ["A"], temporal: [] },
    ],
  };

  test("comes back as it was", () => {
    expect(rules.restored(JSON.stringify(some), lettersOf)).toEqual(some);
    expect(rules.restored(JSON.stringify(none), lettersOf)).toEqual(none);
  });

  test.each([
    ["nothing", null],
    ["no JSON", "{"],
    ["another thing", "[1]"],
    ["another page's number of edits", JSON.stringify({ ...some, cells: some.cells.slice(1) })],
    ["a place that is none", JSON.stringify({ ...some, at: 3 })],
    ["a letter that is none", JSON.stringify({ ...some, cells: [some.cells[0], some.cells[0]] })],
    [
      "a letter twice",
      JSON.stringify({ ...some, cells: [{ ...some.cells[0], edit: ["A", "A"] }, some.cells[1]] }),
    ],
    ["no rater", JSON.stringify({ ...some, rater: undefined })],
  ])("is not taken where it is %s", (_, text) => {
    expect(rules.restored(text, lettersOf)).toBeNull();
  });

  test("is counted when all questions have all places", () => {
    expect(rules.answeredCells(some.cells, lettersOf)).toBe(1);
    expect(rules.answeredCells(none.cells, lettersOf)).toBe(0);
    expect(some.cells.map((cell, c) => rules.isAnswered(cell, lettersOf[c]!))).toEqual([true, false]);
  });

  test("is handed in with the page's name and without where it stood", () => {
    const { rater, cells } = some;
    expect(JSON.parse(rules.fileOf("abc", some))).toEqual({ version: 1, page: "abc", rater, cells });
  });
});
