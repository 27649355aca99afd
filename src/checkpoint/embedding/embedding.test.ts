import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkpointOf, checkpointOfShapes } from "../../../test/support/adapters.ts";
import {
  call,
  dict,
  global,
  instance,
  type Picklable,
  tensor,
  torchLegacy,
  torchZip,
  view,
} from "../../../test/support/torch-files.ts";
import { SD1, SD2 } from "../../../test/support/true-shapes.ts";
import { writeSafetensors } from "../../files/index.node.ts";
import { float32ToFloat16, floatTensor, type TensorToWrite } from "../../tensor/index.ts";
import { adapterWeights } from "../adapters.ts";
import { readWeight } from "../read-weight.ts";
import { openEmbedding } from "./open.node.ts";
import { withEmbeddings } from "./with-embeddings.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fatezero-embedding-"));
});
afterAll(() => rm(folder, { recursive: true }));

const VALUES = [1, -0.5, 0.25, 8, -2, 3];
const vectors = floatTensor([2, 3], Float32Array.from(VALUES));
const halves: TensorToWrite = { dtype: "float16", shape: [2, 3], data: float32ToFloat16(vectors.data) };
// All values have few digits: their upper halves are all of them.
const upperHalves = Uint16Array.from(new Uint32Array(vectors.data.slice().buffer), (bits) => bits >>> 16);
const rounded = { dtype: "bfloat16", bytes: new Uint8Array(upperHalves.buffer) } as const;
const param = tensor("float32", [2, 3], VALUES);

async function safetensors(name: string, tensors: Readonly<Record<string, TensorToWrite>>): Promise<string> {
  const path = join(folder, name);
  await writeSafetensors(path, tensors);
  return path;
}

async function torch(
  name: string,
  value: Picklable,
  write: (value: Picklable) => Uint8Array = torchZip,
): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, write(value));
  return path;
}

/** AUTOMATIC1111's file, its vectors in a dict or in a ParameterDict as the paper's code has them. */
const automatic = (params: Picklable): Picklable =>
  dict({
    string_to_token: dict({ "*": 265 }),
    string_to_param: params,
    name: "some-run-5000",
    step: 5000,
    sd_checkpoint: null,
  });
const parameter = call(
  global("torch._utils", "_rebuild_parameter"),
  param,
  true,
  call(global("collections", "OrderedDict")),
);

describe("openEmbedding", () => {
  it.each([
    [
      "diffusers, safetensors",
      () => safetensors("learned_embeds.safetensors", { "<cat-toy>": vectors }),
      "<cat-toy>",
    ],
    [
      "diffusers, half precision",
      () => safetensors("half.safetensors", { "<cat-toy>": halves }),
      "<cat-toy>",
    ],
    ["diffusers, PyTorch", () => torch("learned_embeds.bin", dict({ "<cat-toy>": param })), "<cat-toy>"],
    [
      "diffusers, PyTorch before 1.6",
      () => torch("old.bin", dict({ "<cat-toy>": parameter }), torchLegacy),
      "<cat-toy>",
    ],
    ["diffusers, bfloat16", () => torch("b.bin", dict({ "<b>": view(rounded, [2, 3]) })), "<b>"],
    ["AUTOMATIC1111", () => torch("my-cat.pt", automatic(dict({ "*": param }))), "my-cat"],
    ["AUTOMATIC1111, a parameter", () => torch("my.cat.pt", automatic(dict({ "*": parameter }))), "my.cat"],
    [
      "the paper's code",
      () =>
        torch(
          "paper.pt",
          automatic(
            instance(
              global("torch.nn.modules.container", "ParameterDict"),
              dict({ training: true, _parameters: dict({ "*": parameter }) }),
            ),
          ),
        ),
      "paper",
    ],
    [
      "AUTOMATIC1111, safetensors",
      () => safetensors("EasyCat.safetensors", { emb_params: vectors }),
      "EasyCat",
    ],
    ["a tensor alone", () => torch("alone.pt", param), "alone"],
  ])("reads %s", async (_, make, word) => {
    const path = await make();
    const embedding = await openEmbedding(path);
    expect(embedding).toMatchObject({ word, label: path });
    const { shape, data } = await readWeight(embedding.vectors);
    expect(shape).toEqual([2, 3]);
    expect([...data]).toEqual(VALUES);
    expect((await openEmbedding(path, "other")).word).toBe("other");
  });

  it("makes one row of a vector", async () => {
    const path = await safetensors("one.safetensors", { "<x>": floatTensor([3], Float32Array.of(1, 2, 3)) });
    expect((await openEmbedding(path)).vectors.shape).toEqual([1, 3]);
  });

  it.each([
    [
      "of Stable Diffusion XL",
      () => safetensors("xl.safetensors", { clip_l: vectors, clip_g: vectors }),
      "embedding-unsupported",
      "it has vectors for two text encoders (clip_l, clip_g)",
    ],
    [
      "with several words",
      () => safetensors("two.safetensors", { "<a>": vectors, "<b>": vectors }),
      "embedding-invalid",
      'it holds 2 tensors instead of one (among "<a>", "<b>")',
    ],
    [
      "without any",
      () => torch("none.pt", dict({ name: "x", step: 3 })),
      "embedding-invalid",
      'it holds 0 tensors instead of one (among "name", "step")',
    ],
    [
      "of another shape",
      () => safetensors("cube.safetensors", { "<a>": floatTensor([1, 2, 3]) }),
      "embedding-invalid",
      "holds a tensor of shape [1, 2, 3], not vectors [tokens, width]",
    ],
  ])("refuses a file %s", async (_, make, code, message) => {
    const error = await openEmbedding(await make()).catch((e: unknown) => e);
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
  });
});

describe("withEmbeddings", () => {
  const textEncoder = {
    label: "tiny",
    config: { hidden_size: 3, max_position_embeddings: 4 },
    weights: new Map(),
  };

  it("adds words in order, their vectors in memory", async () => {
    const first = await openEmbedding(await safetensors("first.safetensors", { "<a>": vectors }));
    const second = await openEmbedding(await safetensors("second.safetensors", { "<b>": halves }));
    const model = checkpointOf({ textEncoder });
    expect(await withEmbeddings(model, [])).toBe(model);
    const { embeddings, ...rest } = await withEmbeddings(await withEmbeddings(model, [first]), [second]);
    expect(rest).toEqual(model);
    expect(embeddings!.map(({ word }) => word)).toEqual(["<a>", "<b>"]);
    expect(embeddings!.map(({ vectors: { location } }) => "data" in location)).toEqual([true, true]);
    expect([...adapterWeights({ ...model, embeddings: embeddings! }).keys()]).toEqual([
      "word 0 <a>",
      "word 1 <b>",
    ]);
  });

  it.each([
    ["Stable Diffusion 2.x", 1024, SD1],
    ["Stable Diffusion 1.x", 768, SD2],
    ["another model", 3, SD1],
  ])("refuses vectors of %s", async (family, width, own) => {
    const path = await safetensors("wide.safetensors", { "<w>": floatTensor([1, width]) });
    const add = withEmbeddings(checkpointOfShapes(own), [await openEmbedding(path)]);
    await expect(add).rejects.toThrow(
      `${path} has vectors ${width} wide, as ${family} has them; the text encoder of model is ${own.text.hidden_size} wide.`,
    );
    await expect(add).rejects.toMatchObject({ code: "embedding-mismatch" });
  });

  it("refuses more vectors than a prompt has places", async () => {
    const path = await safetensors("long.safetensors", { "<w>": floatTensor([3, 3]) });
    await expect(withEmbeddings(checkpointOf({ textEncoder }), [await openEmbedding(path)])).rejects.toThrow(
      "takes 3 tokens; the text encoder of model reads 2.",
    );
  });
});
