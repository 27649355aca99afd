import { describe, expect, it } from "vitest";
import { logSoftmax, type NextTokens, searchCaptions } from "./caption-search.ts";

const END = 3;
/** Probabilities of what follows a token: 0 leads to 1 by habit, but what follows 2 is surer. */
const AFTER: Readonly<Record<number, readonly number[]>> = {
  0: [0, 0.55, 0.45, 0],
  1: [0.25, 0.25, 0.25, 0.25],
  2: [0, 0.02, 0, 0.98],
};
const next: NextTokens = async (texts) =>
  texts.map((tokens) => Float32Array.from(AFTER[tokens.at(-1)!]!, (p) => Math.log(p + 1e-9)));
const search = (beams: number, most = 6) => searchCaptions([0], next, { beams, most, end: END });

describe("searchCaptions", () => {
  it("takes the likeliest token each time with one beam", async () => {
    const [only, ...others] = await search(1, 4);
    expect(only!.tokens.slice(0, 2)).toEqual([0, 1]);
    expect(others).toEqual([]);
  });

  it("finds with more what is likelier as a whole, best first", async () => {
    const found = await search(2);
    expect(found[0]!.tokens).toEqual([0, 2, END]);
    expect(found[0]!.logProbability).toBeCloseTo(Math.log(0.45 * 0.98), 5);
    expect(found).toHaveLength(2);
  });

  it("ends where a sentence may be no longer", async () => {
    for (const { tokens } of await search(3, 2)) expect(tokens).toHaveLength(2);
    expect((await searchCaptions([0, 1], next, { beams: 2, most: 2, end: END }))[0]!.tokens).toEqual([0, 1]);
  });
});

it("logSoftmax gives logarithms of probabilities, whatever the size of the scores", () => {
  const row = logSoftmax(Float32Array.of(1000, 1000, -1000));
  expect(row[0]).toBeCloseTo(Math.log(0.5), 5);
  expect(Math.exp(row[2]!)).toBe(0);
});
