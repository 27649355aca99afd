/** Recorded metrics of tinytown's CLIP, whose embeddings are PyTorch's: what is right passes, what is wrong is found. */
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { writeSafetensors } from "../../../src/files/index.node.ts";
import { readSafetensors } from "../../../src/files/index.ts";
import { floatTensor, slice0 } from "../../../src/tensor/index.ts";
import { fixture, inRepository } from "../../support/fixtures.ts";
import { compareFolder } from "../folder.ts";

const PROMPTS = ["a red car on a road under a blue sky", "a blue car on a road under a blue sky"];
let root: string;
let image: Float32Array;
let text: Float32Array;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "fatezero-metrics-"));
  await mkdir(join(root, "metrics"));
  await cp(inRepository("models/tinytown/clip"), join(root, "metrics/clip"), { recursive: true });
  await cp(inRepository("models/tinytown/tokenizer"), join(root, "metrics/tokenizer"), { recursive: true });
  await cp(inRepository("test/clips/car-road/source"), join(root, "metrics/car"), { recursive: true });
  const { tensors } = await readSafetensors(fixture("tinytown.safetensors"));
  image = slice0(tensors.get("clip_image")!, 0, 4).data.slice();
  text = tensors.get("clip_text")!.data.slice();
});
afterAll(() => rm(root, { recursive: true }));

function consistency(): number {
  const dot = (a: number, b: number) =>
    Array.from({ length: 128 }, (_, k) => image[a * 128 + k]! * image[b * 128 + k]!).reduce((x, y) => x + y);
  return (dot(0, 1) + dot(1, 2) + dot(2, 3)) / 3;
}

async function compare(change: { readonly image?: Float32Array; readonly scores?: object } = {}) {
  await writeSafetensors(
    join(root, "metrics/expected.safetensors"),
    {
      "clip/text": floatTensor([2, 128], text),
      "clip/car/image": floatTensor([4, 128], change.image ?? image),
    },
    {},
  );
  const scores = { tem_con: consistency(), frame_acc: 0, ...change.scores };
  await writeFile(join(root, "metrics/expected.json"), JSON.stringify({ prompts: PROMPTS, car: scores }));
  const lines: string[] = [];
  const misses = await compareFolder(root, [], (line) => lines.push(line));
  const missed = lines.join("\n").match(/^ {2}.* MISS$/gm) ?? [];
  return { misses, missed: missed.map((line) => line.trim().split(/ {2,}/)[0]) };
}

it("is reproduced within the marks, with no other case in the folder", async () => {
  expect(await compare()).toEqual({ misses: 0, missed: [] });
});

it("is told apart from another one", async () => {
  const other = image.with(3, image[3]! + 2e-4);
  expect((await compare({ image: other })).missed).toEqual(["CLIP embeddings, car"]);
  expect((await compare({ scores: { tem_con: consistency() + 1e-4 } })).missed).toEqual(["Tem-Con, car"]);
  expect((await compare({ scores: { frame_acc: 1 } })).missed).toEqual(["Frame-Acc, car"]);
});

it("is a miss where there is nothing to compare, or no picture", async () => {
  expect((await compare()).misses).toBe(0);
  await rm(join(root, "metrics/car"), { recursive: true });
  expect((await compare()).misses).toBe(1);
  await rm(join(root, "metrics/clip"), { recursive: true });
  expect((await compare()).misses).toBe(1);
});
