import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clipTokenizer } from "../../test/fixtures/prompt/tokenizers.ts";
import { units } from "../../test/fixtures/prompt/units.ts";
import { align } from "./align.ts";
import { matrixOf, refineMap } from "./refine-map.ts";
import { releasedTokenizer } from "./released/fix-text.ts";
import { releasedReplaceMap } from "./released/replace-map.ts";

const tokenizer = releasedTokenizer(clipTokenizer);

describe("the released code's mappers", () => {
  it.each(units.align)("refine: $source → $target", ({ source, target, refine_mapper, refine_alphas }) => {
    const { mapper, alphas } = refineMap(tokenizer.encode(source), tokenizer.encode(target), 77);
    expect([...mapper]).toEqual(refine_mapper);
    expect(alphas.join("")).toBe(refine_alphas);
  });

  it.each(units.align.filter((pair) => pair.equal_length))("replace: $source → $target", (pair) => {
    const { matrix, lost } = releasedReplaceMap(tokenizer, pair.source, pair.target);
    const nonzero = [...matrix].flatMap((value, cell) =>
      value ? [[Math.floor(cell / 77), cell % 77, value]] : [],
    );
    expect(nonzero).toEqual(
      pair.replace_mapper_nonzero!.map(([row, column, value]) => [row, column, Math.fround(value)]),
    );
    expect(lost).toEqual([]);
  });

  it("names the word that repeated blanks leave without tokens", () => {
    expect(releasedReplaceMap(tokenizer, "a  double space jeep", "a  double space car").lost).toEqual([
      "jeep",
    ]);
  });
});

describe("align", () => {
  it("prefers insertion, then removal, seen from the end", () => {
    expect(align([..."aaab"], [..."abaa"])).toEqual([0, -1, 1, 2]);
    expect(align([..."ab"], [..."ba"])).toEqual([1, -1]);
    expect(align([], [1, 2])).toEqual([-1, -1]);
  });

  it("keeps order, pairs equals only, and pairs as many as can be", () => {
    const text = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 9 });
    fc.assert(
      fc.property(text, text, (source, target) => {
        const pairs = align(source, target).flatMap((s, t) => (s === -1 ? [] : [[s, t] as const]));
        for (const [s, t] of pairs) expect(source[s]).toBe(target[t]);
        for (let k = 1; k < pairs.length; k++) expect(pairs[k]![0]).toBeGreaterThan(pairs[k - 1]![0]);
        expect(pairs.length).toBe(longestCommon(source, target));
      }),
    );
  });
});

it("matrixOf puts a single 1 into each aligned column", () => {
  const matrix = matrixOf({ mapper: Int32Array.of(0, -1, 1), alphas: Float32Array.of(1, 0, 1) });
  expect([...matrix]).toEqual([1, 0, 0, 0, 0, 1, 0, 0, 0]);
});

function longestCommon(a: readonly number[], b: readonly number[]): number {
  const [first, ...rest] = a;
  if (first === undefined || b.length === 0) return 0;
  const at = b.indexOf(first);
  const without = longestCommon(rest, b);
  return at === -1 ? without : Math.max(without, 1 + longestCommon(rest, b.slice(at + 1)));
}
