import { expect, test } from "vitest";
import { defined } from "../defined.ts";
import { loadModel } from "../pipeline/index.node.ts";
import { type Model, resolveMethod } from "../pipeline/index.ts";
import { commandLineOf, type InvertRequest } from "../request/index.ts";
import type { Input } from "./input.ts";
import { usedInversion } from "./used.ts";

const model = await loadModel("tinytown");
const base: InvertRequest = { input: "car.mp4", source: "a car", out: "car.safetensors" };

/** The command line that makes an inversion again. */
function argumentsOf(request: InvertRequest, made: Model = model): string[] {
  const terms = {
    prompt: "a car",
    steps: 5,
    settings: resolveMethod(made, defined({ window: request.window }), 20),
  };
  const input = { kind: "clip", path: request.input } as Input;
  const size = { width: 128, height: 128 };
  const prepared = { input, model: made, terms, size, scenes: [3, 8], window: "auto" } as const;
  return commandLineOf("invert", usedInversion(request, prepared));
}

test("a size stands as it was asked for: rounded, it would give another one for pictures that are no squares", () => {
  const sizeIn = (request: InvertRequest) => {
    const list = argumentsOf(request);
    return list[list.indexOf("--size") + 1];
  };
  expect(sizeIn({ ...base, size: 80 })).toBe("80");
  expect(sizeIn(base)).toBe(String(model.size));
});

test("scenes stand as they were asked for", () => {
  expect(argumentsOf(base).join(" ")).toContain("--scenes 3,8");
});

test("windows stand there where the clip has them, or has none because of that", () => {
  const tuned = { ...model, tuned: true };
  expect(argumentsOf(base, tuned).join(" ")).toContain("--window 16:4");
  const nine = { frames: 9, overlap: 0 };
  expect(argumentsOf({ ...base, window: nine }, tuned).join(" ")).toContain("--window 9:0");
  expect(argumentsOf({ ...base, window: "off" }, tuned).join(" ")).toContain("--window off");
  for (const window of ["auto", "off"] as const)
    expect(argumentsOf({ ...base, window }).join(" ")).not.toContain("--window");
});

test("null-text inversion stands there with its guidance, where it was asked for", () => {
  expect(argumentsOf(base).join(" ")).not.toContain("--null-text");
  expect(argumentsOf({ ...base, nullText: 5 }).join(" ")).toContain("--null-text 5 --null-text-guidance 2");
  const request = { ...base, nullText: 5, nullTextGuidance: 4, nullTextPerFrame: true };
  expect(argumentsOf(request).join(" ")).toMatch(/--null-text-guidance 4 --null-text-per-frame$/);
});

test("what a model is made of stands beside it", () => {
  const parts = {
    lora: [{ path: "a:b.safetensors", scale: 0.5 }, { path: "c.safetensors" }],
    embeddings: [{ path: "cat.pt", word: "my-cat" }, { path: "emb=v2.pt" }],
    vae: "owner/vae",
    ema: true,
  };
  const made = { ...model, checkpoint: { ...model.checkpoint, parts } };
  expect(argumentsOf({ ...base, lowMemory: true }, made).join(" ")).toContain(
    "--model tinytown --lora a:b.safetensors:0.5 --lora c.safetensors:1 --embedding my-cat=cat.pt --embedding ./emb=v2.pt --vae owner/vae --ema --low-memory",
  );
});
