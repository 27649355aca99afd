import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clipTokenizer } from "../../test/fixtures/prompt/tokenizers.ts";
import { wavyWeight, weightOf } from "../../test/support/adapters.ts";
import { componentAt, fixture } from "../../test/support/fixtures.ts";
import { type Component, readWeight, type TextEmbedding } from "../checkpoint/index.ts";
import { compile, type Feeds, LOWERINGS } from "../graph/index.ts";
import { padIds, withWords } from "../prompt/index.ts";
import { createEngine } from "../runtime/index.node.ts";
import { clipTextGraph, type TextGraph, textFeeds } from "./index.ts";

const TABLE = "text_model.embeddings.token_embedding.weight";
const engine = createEngine({ threads: 2 });
afterAll(() => engine.close());
let encoder: Component;
beforeAll(async () => {
  const component = await componentAt(fixture("models/micro-sd/text_encoder"), "model");
  const weights = new Map([...component.weights].filter(([name]) => !name.endsWith("position_ids")));
  encoder = { ...component, weights };
});

const words: readonly TextEmbedding[] = [
  { word: "<cat-toy>", vectors: wavyWeight([3, 16], 1, 0.1), label: "cat.pt" },
  { word: "zkz", vectors: wavyWeight([1, 16], 2, 0.1), label: "zkz.pt" },
];
const tokenizer = withWords(
  clipTokenizer,
  words.map(({ word, vectors: { shape } }) => ({ word, tokens: shape[0]! })),
);
const PROMPTS = ["a <cat-toy> beside a zkz, in the snow", "a cat beside a dog"];

/** The same encoder with the words' vectors at the end of its table. */
async function extended(): Promise<Component> {
  const tables = [encoder.weights.get(TABLE)!, ...words.map(({ vectors }) => vectors)];
  const rows = await Promise.all(tables.map(readWeight));
  const table = weightOf(
    [49412, 16],
    rows.flatMap(({ data }) => Array.from(data)),
  );
  return {
    ...encoder,
    config: { ...encoder.config, vocab_size: 49412 },
    weights: new Map(encoder.weights).set(TABLE, table),
  };
}

async function states(graph: TextGraph, feeds: Feeds<TextGraph>) {
  const session = await engine.open(compile(graph, engine.lowering));
  const { states: out } = await session.run(feeds);
  await session.dispose();
  return out;
}

describe("a text encoder with added words", () => {
  it("gives the states of one whose table was extended", async () => {
    const prompts = PROMPTS.map((text) => padIds(tokenizer, text));
    const [graph, reference] = [clipTextGraph(encoder, words), clipTextGraph(await extended())];
    const own = await states(graph, textFeeds(graph, prompts, clipTokenizer.vocabSize));
    const expected = await states(reference, textFeeds(reference, prompts, 49412));
    expect(own).toBeAllclose(expected, { absolute: 0 });
  });

  it("gives those of the plain encoder where a prompt has none of them", async () => {
    const prompts = [padIds(tokenizer, PROMPTS[1]!)];
    const [own, plain] = await Promise.all(
      [clipTextGraph(encoder, words), clipTextGraph(encoder)].map((graph) =>
        states(graph, textFeeds(graph, prompts, clipTokenizer.vocabSize)),
      ),
    );
    expect(own!).toBeAllclose(plain!, { absolute: 0 });
  });

  it("leaves the table of the vocabulary in its file", () => {
    const plain = compile(clipTextGraph(encoder), LOWERINGS.cpu);
    const { model, inputs } = compile(clipTextGraph(encoder, words), LOWERINGS.cpu);
    expect(Object.keys(plain.inputs)).toEqual(["ids"]);
    expect(Object.keys(inputs)).toEqual(["ids", "added"]);
    expect(model.length - plain.model.length).toBeLessThan(2000);
  });
});

describe("textFeeds", () => {
  it("parts the added tokens from the vocabulary's", () => {
    const prompts = [
      [5, 10, 11],
      [9, 0, 12],
    ];
    const { ids, added } = textFeeds(clipTextGraph(encoder, words), prompts, 10);
    expect([ids.shape, added!.shape]).toEqual([
      [2, 3],
      [2, 3],
    ]);
    expect([...ids.data]).toEqual([5n, 0n, 0n, 9n, 0n, 0n]);
    expect([...added!.data]).toEqual([0n, 1n, 2n, 0n, 0n, 3n]);
    expect(textFeeds(clipTextGraph(encoder), prompts, 13)).not.toHaveProperty("added");
  });
});
