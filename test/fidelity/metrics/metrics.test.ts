/** Recorded metrics of networks whose numbers are PyTorch's: what is right passes, what is wrong is found. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
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

/** A folder with a small BLIP and what PyTorch computes from it, of which some is changed. */
async function compareBlip(
  change: (name: string, data: Float32Array) => void,
  captions: (list: { greedy: number[] }[]) => void = () => {},
): Promise<{ readonly misses: number; readonly missed: readonly string[]; readonly all: string }> {
  const folder = await mkdtemp(join(tmpdir(), "fatezero-blip-"));
  await cp(fixture("blip"), join(folder, "metrics"), { recursive: true });
  const { tensors } = await readSafetensors(fixture("blip/expected.safetensors"));
  const entries = [...tensors].map(([name, { shape, data }]) => {
    const copy = data.slice();
    change(name, copy);
    return [name, floatTensor(shape, copy)] as const;
  });
  await writeSafetensors(join(folder, "metrics/expected.safetensors"), Object.fromEntries(entries), {});
  const recorded = JSON.parse(await readFile(fixture("blip/expected.json"), "utf8"));
  captions(recorded.blip);
  await writeFile(join(folder, "metrics/expected.json"), JSON.stringify(recorded));
  const lines: string[] = [];
  const misses = await compareFolder(folder, [], (line) => lines.push(line));
  await rm(folder, { recursive: true });
  const all = lines.join("\n");
  const missed = (all.match(/^ {2}.* MISS$/gm) ?? []).map((line) => line.trim().split(/ {2,}/)[0]!);
  return { misses, missed, all };
}

it("of a BLIP are reproduced: pixels, states, logits and greedy captions", async () => {
  const { misses, all } = await compareBlip(() => {});
  expect(misses).toBe(0);
  for (const what of ["pixels, landscape", "vision", "logits", "greedy caption of picture 1, prompted"])
    expect(all).toContain(`BLIP ${what}`);
});

it("of another BLIP are told apart", async () => {
  const other = await compareBlip((name, data) => {
    if (name === "blip/logits") data[9]! += 0.01;
    if (name === "blip/vision") data[9]! += 0.001;
  });
  expect(other.missed).toEqual(["BLIP vision from given pixels", "BLIP logits from given pixels"]);
  const said = await compareBlip(
    () => {},
    (list) => {
      list[2]!.greedy[3] = 9;
    },
  );
  expect(said.missed).toEqual(["BLIP greedy caption of picture 1, free"]);
});
