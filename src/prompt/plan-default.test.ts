import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readPlan } from "../../test/fixtures/prompt/read-plan.ts";
import { clipTokenizer, tinyTokenizer } from "../../test/fixtures/prompt/tokenizers.ts";
import { buildEditPlan } from "./plan.ts";
import type { EditOptions, EditPlan } from "./types.ts";

const SOURCE = "a red car on a road under a blue sky";

function tiny(target: string, options: Partial<EditOptions> = {}): Promise<EditPlan> {
  return readPlan(tinyTokenizer, { source: SOURCE, target, steps: 10, ...options });
}

describe("defaults", () => {
  it("replaces word for word where the prompts pair up: the README's example", async () => {
    const plan = await tiny("a blue car on a road under a blue sky");
    expect(plan).toMatchObject({
      method: "replace",
      length: 77,
      source: { count: 12 },
      mask: { sourceTokens: [3], targetTokens: [2, 3], sourceWords: ["car"], targetWords: ["blue", "car"] },
      maxAmplification: 1,
      warnings: [],
    });
    expect(plan.explanation).toBe(
      'Replace, word for word: "red" becomes "blue".\nAn attribute edit: "blue" for "red" describes "car".',
    );
    expect(plan.maskNote).toBe('Mask words: "car"; in the target "blue", "car".');
    expect(plan.steps.map(({ cross, self }) => (cross ? "C" : "-") + (self ? "S" : "-")).join(" ")).toBe(
      "CS CS CS CS CS CS CS -S -- --",
    );
  });

  it("refines otherwise, also where equal numbers of words do not pair up", async () => {
    expect((await tiny("a striped red car on a road under a blue sky")).method).toBe("refine");
    expect((await tiny("a car on a snowy road under a blue sky")).method).toBe("refine");
  });

  it("ignores case, white space and glued punctuation", async () => {
    const plan = await tiny(" A  Red car, on a ROAD\nunder a blue sky!");
    expect(plan.explanation).toContain("the prompts say the same");
    const { A } = plan.steps[0]!.cross!;
    expect(A[4 * 77 + 5]).toBe(1); // "on" behind the comma
    expect(plan.steps[0]!.cross!.b[4]).toBe(1); // the comma keeps its own attention
  });
});

describe("options", () => {
  const target = "a blue car on a road under a blue sky";

  it("windows round to the nearest step and take words of the target", async () => {
    const plan = await tiny(target, {
      steps: 7,
      crossSteps: { default_: 0.5, SKY: [0.5, 1] },
      selfSteps: [0.3, 0.6],
    });
    const window = (n: number) => plan.steps.map(({ cross }) => (cross ? 1 - cross.b[n]! : 0)).join("");
    expect(window(3)).toBe("1111000");
    expect(window(10)).toBe("0000111");
    expect(plan.control.selfWindow).toEqual([2, 4]);
  });

  it("words without default_ leave the others at the default", async () => {
    expect((await tiny(target, { crossSteps: { sky: 0 } })).steps.filter(({ cross }) => cross).length).toBe(
      7,
    );
  });

  it("amplifies every occurrence, inside its window only", async () => {
    const plan = await tiny(target, { amplify: { blue: 3 } });
    expect(plan.maxAmplification).toBe(3);
    expect(plan.steps[0]!.cross!.A[2 * 77 + 2]).toBe(3);
    expect(plan.steps[0]!.cross!.A[9 * 77 + 9]).toBe(3);
    expect(plan.steps[8]!.cross).toBeNull();
  });

  it("takes mask words as given", async () => {
    expect((await tiny(target, { maskWords: { source: ["Car", "road,"] } })).mask).toEqual({
      sourceTokens: [3, 6],
      targetTokens: [],
      sourceWords: ["car", "road"],
      targetWords: [],
    });
    expect((await tiny(target, { maskWords: "none" })).mask.sourceTokens).toEqual([]);
  });

  it.each<[string, Partial<EditOptions>, RegExp]>([
    [
      "unknown-word",
      { amplify: { duck: 2 } },
      /"duck" is not in the target prompt.*a, blue, car, on, road, under, sky/,
    ],
    ["unknown-word", { amplify: { red: 2 } }, /"red" is not in the target prompt/],
    ["unknown-word", { crossSteps: { duck: 0.5 } }, /"duck" is not in the target prompt/],
    ["unknown-word", { maskWords: { source: ["duck"] } }, /"duck" is not in the source prompt.*a, red, car/],
    [
      "unknown-word",
      { maskWords: { source: ["car"], target: ["red"] } },
      /"red" is not in the target prompt/,
    ],
    ["unknown-word", { maskWords: { source: [10] } }, /Word number 10 is not in the source prompt/],
    ["bad-amplification", { amplify: { car: -1 } }, /"car" cannot be amplified by -1/],
    ["bad-window", { crossSteps: { car: 2 } }, /window of "car" is 2/],
    ["bad-window", { selfSteps: [0.8, 0.2] }, /selfSteps is \[0.8,0.2\]/],
    ["bad-steps", { steps: 0 }, /steps is 0/],
    ["unequal-word-count", { target: "a duck", method: "replace" }, /source has 10, the target 2/],
    [
      "prompt-too-long",
      { target: new Array(80).fill("duck").join(" ") },
      /target prompt has 82 tokens.*"duck duck duck duck …"/,
    ],
  ])("refuses with %s: %j", async (code, options, message) => {
    const run = tiny(target, options);
    await expect(run).rejects.toThrow(expect.objectContaining({ code }));
    await expect(run).rejects.toThrow(message);
  });
});

describe("defects of the released code that are mended", () => {
  const source = "A gray dog sitting on the mat";
  const target = "A gray Shiba-Inu sitting on the mat"; // dog: 1 token, Shiba-Inu: 5

  it("words after a longer word stay on their own source words", async () => {
    const { map, alphas } = (await readPlan(clipTokenizer, { source, target, steps: 5 })).control;
    for (let k = 0; k < 5; k++) expect(map[(4 + k) * 77 + 8 + k]).toBe(1); // sitting on the mat, end mark
    for (let n = 3; n < 8; n++) expect(map[3 * 77 + n]).toBe(Math.fround(1 / 5));
    expect(alphas.every((alpha) => alpha === 1)).toBe(true);
    const released = buildEditPlan(clipTokenizer, { source, target, steps: 5, compat: "fatezero" }).control;
    expect(released.map[8 * 77 + 8]).toBe(1); // sitting reads the end mark there
  });

  it("padding never reads the source's words", async () => {
    const plan = await readPlan(clipTokenizer, { source, target: "A dog", steps: 5 });
    expect(plan.control.mapper!.slice(0, 12)).toEqual(
      Int32Array.of(0, 1, 3, 8, -1, -1, -1, -1, -1, 9, 10, 11),
    );
    const released = buildEditPlan(clipTokenizer, { source, target: "A dog", steps: 5, compat: "fatezero" });
    expect(released.control.mapper!.slice(0, 6)).toEqual(Int32Array.of(0, 1, 3, 8, 4, 5));
  });

  it("half a word is no match", async () => {
    const options = { source: "a Shiba-Inu", target: "a big half-Inu", steps: 5 };
    const inserted = (plan: EditPlan) =>
      plan.control.alphas.slice(0, plan.target.count).filter((alpha) => alpha === 0).length;
    const ours = inserted(await readPlan(clipTokenizer, options));
    expect(ours).toBeGreaterThan(inserted(buildEditPlan(clipTokenizer, { ...options, compat: "fatezero" })));
  });
});

describe("for any prompts", () => {
  const word = fc.constantFrom(
    ..."a the red blue striped car duck on grass under sky, road. It's 3 — of watercolor painting".split(" "),
  );
  const known = fc.array(word, { maxLength: 10 }).map((words) => words.join(" "));
  const wild = fc.oneof(
    known,
    fc.string({ unit: "grapheme", maxLength: 12 }),
    fc.string({ unit: "binary", maxLength: 8 }),
  );
  const method = fc.constantFrom("auto", "refine" as const);

  it("makes a plan, in both readings", async () => {
    await fc.assert(
      fc.asyncProperty(wild, wild, method, async (source, target, method) => {
        for (const compat of [undefined, "fatezero" as const]) {
          const plan = await readPlan(clipTokenizer, { source, target, method, compat, steps: 4 });
          expect(plan.target.ids).toHaveLength(77);
          expect(plan.steps).toHaveLength(4);
          expect(plan.explanation.length).toBeGreaterThan(10);
          for (const n of plan.mask.sourceTokens) expect(n).toBeLessThan(plan.source.count - 1);
          for (const n of plan.mask.targetTokens) expect(n).toBeLessThan(plan.target.count - 1);
        }
      }),
    );
  });

  it("shares every target token out fully between source and edit: A's columns plus b sum to 1", async () => {
    await fc.assert(
      fc.asyncProperty(
        known,
        known,
        fc.constantFrom(undefined, "fatezero" as const),
        async (source, target, compat) => {
          const plan = await readPlan(tinyTokenizer, { source, target, method: "refine", compat, steps: 3 });
          for (const { cross } of plan.steps) {
            if (!cross) continue;
            const sums = Float64Array.from(cross.b);
            for (const [i, value] of cross.A.entries()) sums[i % 77]! += value;
            expect(sums).toBeAllclose(new Array(77).fill(1), { absolute: 5e-7 });
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it("leaves identical prompts alone: A is the identity, b is 0", async () => {
    await fc.assert(
      fc.asyncProperty(
        wild,
        method,
        fc.constantFrom(undefined, "fatezero" as const),
        async (text, method, compat) => {
          const plan = await readPlan(clipTokenizer, {
            source: text,
            target: text,
            method,
            compat,
            steps: 2,
          });
          const { A, b } = plan.steps[0]!.cross!;
          expect(A.every((value, cell) => value === (Math.floor(cell / 77) === cell % 77 ? 1 : 0))).toBe(
            true,
          );
          expect(b.every((value) => value === 0)).toBe(true);
          expect(plan.mask.sourceTokens).toEqual([]);
        },
      ),
      { numRuns: 50 },
    );
  });
});
