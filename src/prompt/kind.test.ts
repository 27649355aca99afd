import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { inRepository } from "../../test/support/fixtures.ts";
import { createTokenizer, readEdit, readWeights } from "./index.ts";

const file = (name: string) => readFileSync(inRepository(`test/fixtures/clip-tokenizer/${name}`), "utf8");
const tokenizer = createTokenizer({ vocab: file("vocab.json"), merges: file("merges.txt"), maxLength: 77 });
const kind = async (source: string, target: string) => (await readEdit(tokenizer, source, target)).kind;

describe("kind of edit", () => {
  it.each([
    [
      "style",
      "a silver jeep driving down a road",
      "watercolor painting of a silver jeep driving down a road",
    ],
    ["style", "a photo of a cat", "a sketch of a cat"],
    ["attribute", "a red car on a road under a blue sky", "a blue car on a road under a blue sky"],
    ["attribute", "a house on grass", "a striped house on grass"],
    ["attribute", "a photo of a red car", "a photo of a green car"],
    ["attribute", "a man", "a man with a crown"],
    ["shape", "a silver jeep driving down a curvy road", "a Porsche car driving down a curvy road"],
    ["shape", "a red car on a road under a blue sky", "a red bus on a road under a blue sky"],
    ["shape", "a photo of a duck on water", "a photo of a boat on water"],
    ["shape", "a man with a hat", "a man with a crown"],
    ["shape", "a cat sleeping on the grass", "a cat running on the grass"],
    ["background", "a red car on a road", "a red car on a road at night"],
    ["background", "a red car on a road under a blue sky", "a red car on a road at sunset"],
    ["background", "a yellow duck on water under a blue sky", "a yellow duck on grass under a blue sky"],
    ["background", "a cat sleeping on the grass", "a cat sleeping on the sand"],
  ])("%s: %s → %s", async (expected, source, target) => {
    expect(await kind(source, target)).toBe(expected);
  });
});

describe("inline weights", () => {
  it("are taken out of the prompt", () => {
    expect(readWeights("(watercolor:1.5) painting of a (red car:2) \\(old\\) (new)")).toEqual({
      text: "watercolor painting of a red car (old) (new)",
      weights: [
        ["watercolor", 1.5],
        ["red car", 2],
      ],
    });
    expect(readWeights("plain")).toEqual({ text: "plain", weights: [] });
  });

  it.each(["(a:b)", "(a:)", "(a:-1)", "(a:1e999)"])("refuse %s", (text) => {
    expect(() => readWeights(text)).toThrow('The weight of "a"');
  });
});
