import { expect, test } from "vitest";
import type { TextEmbedding } from "../checkpoint/index.ts";
import { loadModel } from "../pipeline/index.node.ts";
import type { JobEvent } from "./events.ts";
import { warnOfWords } from "./real-model.ts";

test("an added word that no prompt has is told", async () => {
  const model = await loadModel("tinytown");
  const embedding: TextEmbedding = {
    word: "<cat-toy>",
    vectors: { dtype: "float32", shape: [1, 128], location: { data: new Uint8Array(512) } },
    label: "cat.pt",
  };
  const made = { ...model, checkpoint: { ...model.checkpoint, settings: null, embeddings: [embedding] } };
  const told = (...prompts: string[]): JobEvent[] => {
    const events: JobEvent[] = [];
    warnOfWords((event) => events.push(event), made, ...prompts);
    return events;
  };
  expect(told("a car", "a <Cat-Toy> car")).toEqual([]);
  expect(told("a car", "a <cat toy> car")).toEqual([
    {
      type: "warning",
      code: "embedding-unused",
      message: 'No prompt has the word "<cat-toy>", so the embedding cat.pt does nothing.',
    },
  ]);
});
