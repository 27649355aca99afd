import { describe, expect, test } from "vitest";
import { parseRepository, requireRepository } from "./repository.ts";

describe("a hub id", () => {
  test.each<[string, { id: string; revision?: string }]>([
    ["CompVis/stable-diffusion-v1-4", { id: "CompVis/stable-diffusion-v1-4" }],
    ["a/b@fp16", { id: "a/b", revision: "fp16" }],
    ["a/b@refs/pr/1", { id: "a/b", revision: "refs/pr/1" }],
    ["hf:a/b", { id: "a/b" }],
    ["hf://a/b@v1.0", { id: "a/b", revision: "v1.0" }],
    ["https://huggingface.co/a/b", { id: "a/b" }],
    ["https://huggingface.co/a/b/", { id: "a/b" }],
    ["https://huggingface.co/a/b/tree/main", { id: "a/b", revision: "main" }],
    ["https://hf.co/a/b_c.d", { id: "a/b_c.d" }],
  ])("is read from %s", (text, repository) => {
    expect(parseRepository(text)).toEqual(repository);
  });

  test.each([
    "tinytown",
    "./models",
    "../models/tinytown",
    "/models/tinytown",
    "models/tinytown/unet",
    "a/..",
    "a/b--c",
    "a/b.git",
    "a/-b",
    `a/${"b".repeat(97)}`,
    "C:\\models\\a",
    "a b/c",
    "",
  ])("is not what is written as %s", (text) => {
    expect(parseRepository(text)).toBeNull();
    expect(() => requireRepository(text)).toThrow(`"${text}" is no model on the Hugging Face hub.`);
  });

  test.each([
    "hf:a",
    "hf:../b",
    "https://huggingface.co/a",
    "https://huggingface.co/a/b/c",
    "a/b@../x",
    "a/b@x..y",
    "a/b@/x",
  ])("is meant but wrong in %s", (text) => {
    expect(() => parseRepository(text)).toThrow("Write owner/name, or owner/name@revision");
  });
});
