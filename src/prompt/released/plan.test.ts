import { describe, expect, it } from "vitest";
import { clipTokenizer } from "../../../test/fixtures/prompt/tokenizers.ts";
import { units } from "../../../test/fixtures/prompt/units.ts";
import { inWords } from "../../say.ts";
import { buildEditPlan } from "../plan.ts";
import type { EditOptions, EditPlan } from "../types.ts";
import { planOptionsFromP2p } from "./p2p.ts";
import { tokensOfWord } from "./word-tokens.ts";

const SOURCE = "a silver jeep driving down a curvy road in the countryside";
const TARGET = "a golden bulldozer driving down a curvy road in the countryside";

function released(options: Partial<EditOptions>): EditPlan {
  return buildEditPlan(clipTokenizer, {
    source: SOURCE,
    target: TARGET,
    steps: 10,
    ...options,
    compat: "fatezero",
  });
}

const fromP2p = (p2p: object, prompts: { source: string; target: string; steps: number }) =>
  buildEditPlan(
    clipTokenizer,
    planOptionsFromP2p({ cross_replace_steps: 0.8, self_replace_steps: 0.8, ...p2p }, prompts).options,
  );

describe("the released code's numbers", () => {
  it.each(units.cross_replace_alpha)("cross_replace_alpha for $N steps of $cross_replace_steps", (unit) => {
    const { control } = fromP2p(
      { cross_replace_steps: unit.cross_replace_steps },
      { ...unit, steps: unit.N },
    );
    expect(control.rows).toBe(unit.N + 1);
    expect(control.crossWindows.join("")).toBe(unit.alpha.join(""));
  });

  it.each(units.equalizer)("equalizer for $words", ({ text, words, values, eq }) => {
    const { amplification } = fromP2p(
      { eq_params: { words, values } },
      { source: "a cat", target: text, steps: 5 },
    );
    expect([...amplification]).toEqual(eq);
  });

  it("self-attention window and per-word windows: T, T + 1, and cut, not rounded", () => {
    const plan = released({
      crossSteps: { default_: 0.7, golden: [0.1, 0.4] },
      selfSteps: [0.1, 0.7],
      method: "replace",
    });
    expect(plan.control.selfWindow).toEqual([1, 7]);
    expect(plan.steps.map(({ self }) => Number(self)).join("")).toBe("0111111000");
    expect(plan.steps.map(({ cross }) => (cross ? 1 - cross.b[1]! : 0)).join("")).toBe("1111111000");
    expect(plan.steps.map(({ cross }) => (cross ? 1 - cross.b[2]! : 0)).join("")).toBe("0111000000");
  });
});

describe("fusion matrices", () => {
  it("refine: A = aligned columns · w·e, b = w·e for inserted tokens", () => {
    const target = `watercolor painting of ${SOURCE}`;
    const { steps, control } = released({ target, amplify: { watercolor: 10, jeep: 2 }, crossSteps: 0.8 });
    const { A, b } = steps[0]!.cross!;
    expect(control.mapper!.slice(0, 6)).toEqual(Int32Array.of(0, -1, -1, -1, 1, 2));
    expect(b.slice(0, 6)).toEqual(Float32Array.of(0, 10, 1, 1, 0, 0));
    expect(A[3 * 77 + 6]).toBe(2); // jeep reads jeep, doubled
    expect(A.reduce((sum, a) => sum + a, 0)).toBe(77 - 3 + 1);
    expect(steps[0]!.cross).toBe(steps[7]!.cross);
    expect(steps[8]!.cross).toBeNull();
  });

  it("replace: A = mapper · w·e, b = 1 − w, words of unequal length share evenly", () => {
    const { steps } = released({ amplify: { bulldozer: 4 }, crossSteps: { default_: 0.8, golden: 0 } });
    const { A, b } = steps[0]!.cross!;
    expect([...b].flatMap((value, n) => (value ? [n] : []))).toEqual([2]);
    expect(A[3 * 77 + 3]).toBe(2); // jeep → bull + dozer, half each, times 4
    expect(A[3 * 77 + 4]).toBe(2);
    expect(A[2 * 77 + 2]).toBe(0); // golden's window is shut
  });
});

describe("quirks that become warnings", () => {
  const codes = (plan: EditPlan) =>
    plan.warnings.map(({ code, message }) => `${code}: ${/"[^"]*"/.exec(inWords(message))?.[0] ?? ""}`);

  it("refines silently where the numbers of blanks differ", () => {
    const plan = released({ source: "a  red car", target: "a blue car" });
    expect(plan.method).toBe("refine");
    expect(codes(plan)).toEqual(["refine-instead: "]);
    expect(released({ target: TARGET, method: "refine" }).warnings).toEqual([]);
  });

  it("ignores words that are not there, to the letter", () => {
    const source = `${SOURCE},`;
    const maskWords = { source: ["countryside", "jeep"], target: ["Golden"] };
    const plan = released({
      source,
      maskWords,
      amplify: { cat: 2 },
      crossSteps: { default_: 0.5, dog: 0.1 },
    });
    expect(codes(plan)).toEqual([
      'word-not-found: "dog"',
      'word-not-found: "cat"',
      'word-not-found: "countryside"',
      'word-not-found: "Golden"',
    ]);
    expect(plan.mask).toEqual({
      sourceTokens: [3],
      targetTokens: [],
      sourceWords: ["jeep"],
      targetWords: [],
    });
    expect(plan.maxAmplification).toBe(1);
  });

  it("finds every occurrence and words by index, later values over earlier ones", () => {
    const plan = released({
      amplify: [
        ["a", 2],
        [0, 5],
      ],
      maskWords: { source: ["a", 2] },
    });
    expect(plan.amplification.slice(0, 8)).toEqual(Float32Array.of(1, 5, 1, 1, 1, 1, 1, 2));
    expect(plan.mask).toMatchObject({ sourceTokens: [1, 3, 6], sourceWords: ["a", "jeep"] });
  });

  it("cuts a prompt that is too long", () => {
    const target = new Array(100).fill("jeep").join(" ");
    const plan = released({ target });
    expect(codes(plan)[0]).toBe('prompt-cut: "jeep jeep jeep jeep …"');
    expect(plan.target.ids).toHaveLength(77);
    expect(plan.control.mapper!.every((from) => from < 77)).toBe(true);
  });

  it("finds no mask words by itself", () => {
    expect(released({ maskWords: "auto" }).mask.sourceTokens).toEqual([]);
  });

  it("reads texts through ftfy", () => {
    const plan = released({ target: "a dog’s &amp; cat’s “home”" });
    expect(plan.target.ids.slice(1, 7).map((id) => clipTokenizer.decodeToken(id).trim())).toEqual([
      "a",
      "dog",
      "'s",
      "&",
      "cat",
      "'s",
    ]);
    expect(tokensOfWord(clipTokenizer, "a dog", "dog")).toEqual([2]);
  });
});
