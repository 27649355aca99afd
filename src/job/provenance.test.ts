import { expect, test } from "vitest";
import { loadModel } from "../pipeline/index.node.ts";
import { resolveMethod } from "../pipeline/index.ts";
import { invertArguments } from "./provenance.ts";

test("a size stands as it was asked for: rounded, it would give another one for pictures that are no squares", async () => {
  const model = await loadModel("tinytown");
  const terms = { prompt: "a car", steps: 5, settings: resolveMethod(model, {}) };
  const sizeIn = (size?: number) => {
    const list = invertArguments("car.mp4", { source: "a car", out: "car.safetensors", size }, model, terms);
    return list[list.indexOf("--size") + 1];
  };
  expect(sizeIn(80)).toBe("80");
  expect(sizeIn()).toBe(String(model.size));
});

test("what a model is made of stands beside it", async () => {
  const model = await loadModel("tinytown");
  const parts = {
    lora: [{ path: "a:b.safetensors", scale: 0.5 }, { path: "c.safetensors" }],
    embeddings: [{ path: "cat.pt", word: "my-cat" }, { path: "emb=v2.pt" }],
    vae: "owner/vae",
    ema: true,
  };
  const made = { ...model, checkpoint: { ...model.checkpoint, parts } };
  const terms = { prompt: "a car", steps: 5, settings: resolveMethod(model, {}) };
  const list = invertArguments("car.mp4", { source: "a car", out: "car.safetensors" }, made, terms);
  expect(list.join(" ")).toContain(
    "--model tinytown --lora a:b.safetensors:0.5 --lora c.safetensors:1 --embedding my-cat=cat.pt --embedding ./emb=v2.pt --vae owner/vae --ema",
  );
});
