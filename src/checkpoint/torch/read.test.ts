import { readFileSync } from "node:fs";
import { mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fixture } from "../../../test/support/fixtures.ts";
import {
  bare,
  call,
  dict,
  global,
  instance,
  opcodes,
  type Picklable,
  pickle,
  storage,
  tensor,
  torchLegacy,
  torchZip,
  torchZipOf,
  tuple,
  view,
} from "../../../test/support/torch-files.ts";
import { weightsOf } from "../../../test/support/torch-refusals.ts";
import { toFloat32 } from "../../tensor/index.ts";
import { bytesOfWeight } from "../read-weight.ts";
import type { NamedWeights } from "../types.ts";
import { readTorchFile, readTorchWeights, weightsOfTensors } from "./index.node.ts";
import { isTensor, isTorchFile, type TorchTensor, type TorchValue } from "./index.ts";

let folder: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "fatezero-torch-")));
});
afterAll(() => rm(folder, { recursive: true }));

let files = 0;
async function save(bytes: Uint8Array): Promise<string> {
  const file = join(folder, `${files++}.pt`);
  await writeFile(file, bytes);
  return file;
}

/** Type, shape and values of each weight. */
async function contents(weights: NamedWeights): Promise<Record<string, readonly unknown[]>> {
  const found: Record<string, readonly unknown[]> = {};
  for (const [name, weight] of weights) {
    const values = Array.from(toFloat32(weight.dtype, await bytesOfWeight(weight)));
    found[name] = [weight.dtype, [...weight.shape], values];
  }
  return found;
}

const range = (n: number, from = 0) => Array.from({ length: n }, (_, i) => from + i);
const A = storage("float32", range(24));
/** What `views.pt` holds, see the fixtures' README. */
const VIEWS = dict({
  t: view(A, [6, 4], [1, 6]),
  slice: view(A, [2, 3], [6, 1], 8),
  shared: view(A, [4, 6]),
  half: tensor("float16", [4, 6], range(24)),
  int: tensor("int64", [5], range(5)),
  bool: tensor("bool", [2], [1, 0]),
  scalar: tensor("float32", [], [3.5]),
  empty: tensor("float32", [0, 3], []),
  param: call(
    global("torch._utils", "_rebuild_parameter"),
    view(A, [2, 6]),
    true,
    call(global("collections", "OrderedDict")),
  ),
});
const TRANSPOSED = range(6).flatMap((column) => range(4).map((row) => 6 * row + column));
const EXPECTED = {
  t: ["float32", [6, 4], TRANSPOSED],
  slice: ["float32", [2, 3], [8, 9, 10, 14, 15, 16]],
  shared: ["float32", [4, 6], range(24)],
  half: ["float16", [4, 6], range(24)],
  int: ["int64", [5], range(5)],
  bool: ["bool", [2], [1, 0]],
  scalar: ["float32", [], [3.5]],
  empty: ["float32", [0, 3], []],
  param: ["float32", [2, 6], range(12)],
};

describe("views of tensors", () => {
  it("are read from a file that PyTorch wrote", async () => {
    const weights = await weightsOf(fixture("checkpoints/views.pt"));
    expect(await contents(weights)).toEqual({ ...EXPECTED, bf16: ["bfloat16", [4, 6], range(24)] });
    expect([...weights].filter(([, { location }]) => "data" in location).map(([name]) => name)).toEqual([
      "t",
      "slice",
      "empty",
    ]);
  });

  it.each([
    ["a zip archive", torchZip(VIEWS)],
    ["a compressed archive", torchZip(VIEWS, { deflate: true })],
    ["an archive with 64-bit sizes", torchZip(VIEWS, { zip64: true })],
    ["a file from before 1.6", torchLegacy(VIEWS)],
  ])("are the same in %s", async (_, bytes) => {
    expect(isTorchFile(bytes.subarray(0, 32))).toBe(true);
    const weights = await weightsOf(await save(bytes));
    expect(await contents(weights)).toEqual(EXPECTED);
    expect([...weights.keys()]).toEqual(Object.keys(EXPECTED));
  });

  it("with gaps, repeats and axes of one are copied row by row, or stay where they are", async () => {
    const views = dict({
      gaps: view(A, [2, 2, 2], [12, 4, 1], 1),
      repeated: view(A, [3, 2], [0, 1], 4),
      swapped: view(A, [2, 3, 4], [4, 8, 1]),
      one: view(A, [1, 4, 1], [999, 1, 0], 20),
    });
    const weights = await weightsOf(await save(torchZip(views)));
    expect(await contents(weights)).toEqual({
      gaps: ["float32", [2, 2, 2], [1, 2, 5, 6, 13, 14, 17, 18]],
      repeated: ["float32", [3, 2], [4, 5, 4, 5, 4, 5]],
      swapped: ["float32", [2, 3, 4], [0, 8, 16, 4, 12, 20].flatMap((from) => range(4, from))],
      one: ["float32", [1, 4, 1], range(4, 20)],
    });
    expect("file" in weights.get("one")!.location).toBe(true);
  });
});

describe("weights that lie as they are needed", () => {
  it.each([
    ["zip", torchZip],
    ["legacy", torchLegacy],
  ])("stay in the %s file", async (_, write) => {
    const bytes = write(dict({ w: view(A, [2, 6], [6, 1], 6) }));
    const file = await save(bytes);
    const { location } = (await weightsOf(file)).get("w")!;
    const offset = Buffer.from(bytes).indexOf(A.bytes.subarray(24, 72));
    expect(location).toEqual({ file, offset, length: 48 });
  });

  it("are named by the file itself, not by a link to it", async () => {
    const file = await save(torchZip(VIEWS));
    await symlink(file, join(folder, "link.pt"));
    expect((await weightsOf(join(folder, "link.pt"))).get("shared")!.location).toMatchObject({ file });
  });
});

const scalar = call(
  global("numpy.core.multiarray", "scalar"),
  // BUILD gives the type its byte order.
  opcodes(
    ...[global("numpy", "dtype"), opcodes("X\x02\0\0\0f8", 0x85, "R"), opcodes("(K\x03tb")].map(
      (o) => o.opcodes,
    ),
  ),
  call(global("_codecs", "encode"), "ð?", "latin1"),
);

describe("Lightning checkpoints", () => {
  it("give their state_dict and the plain values beside it", async () => {
    const file = await save(
      torchZip(
        new Map<Picklable, Picklable>([
          ["epoch", 3],
          ["global_step", 875000],
          ["pytorch-lightning_version", "1.4.2"],
          [
            "state_dict",
            dict({ w: tensor("float32", [1], [7]), config: "none", [`__proto__`]: tensor("int8", [1], [1]) }),
          ],
          ["optimizer_states", [dict({ moment: tensor("float32", [1], [9]) })]],
          [
            "callbacks",
            new Map([
              [
                global("pytorch_lightning.callbacks.model_checkpoint", "ModelCheckpoint"),
                dict({ best: scalar }),
              ],
            ]),
          ],
        ]),
      ),
    );
    const { weights, facts } = await readTorchWeights(file);
    expect([...weights.keys()]).toEqual(["w", "__proto__"]);
    expect(Object.fromEntries(facts)).toEqual({
      epoch: 3,
      global_step: 875000,
      "pytorch-lightning_version": "1.4.2",
    });
    const callbacks = (await readTorchFile(file)) as ReadonlyMap<string, ReadonlyMap<unknown, unknown>>;
    const [[key, state]] = [...callbacks.get("callbacks")!] as [[unknown, ReadonlyMap<string, unknown>]];
    expect(key).toEqual({
      kind: "inert",
      name: "pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint",
    });
    expect(state.get("best")).toEqual({ kind: "inert", name: "numpy.core.multiarray.scalar" });
  });

  it("are refused where they hold no weights by name", async () => {
    for (const value of [dict({ epoch: 1 }), [tensor("float32", [1], [1])], 3]) {
      await expect(weightsOf(await save(torchZip(value)))).rejects.toThrow("holds no tensors by name");
    }
  });
});

/** Pickles that Python 3.11 wrote of the same object, by protocol, with stand-ins for PyTorch's classes. */
const PYTHON: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(fixture("checkpoints/python-pickles.json"), "utf8"),
);

describe("pickles that Python wrote", () => {
  it.each(["2", "3", "4", "5"])("are read in protocol %s", async (protocol) => {
    const storages = new Map([
      ["0", storage("float32", range(6)).bytes],
      ["1", storage("float16", range(3)).bytes],
    ]);
    const file = await save(torchZipOf(Buffer.from(PYTHON[protocol]!, "base64"), storages));
    const { weights, facts } = await readTorchWeights(file);
    expect(await contents(weights)).toEqual({
      w: ["float32", [2, 3], range(6)],
      wt: ["float32", [3, 2], [0, 3, 1, 4, 2, 5]],
      p: ["float16", [3], range(3)],
      ["naïve ☃".repeat(40)]: ["float32", [], [5]],
    });
    expect(Object.fromEntries(facts)).toEqual({
      global_step: 875000,
      negative: -(2 ** 40),
      rate: 1.5e-5,
      yes: true,
    });
    const value = (await readTorchFile(file)) as ReadonlyMap<string, TorchValue>;
    expect(value.get("big")).toBe(2n ** 70n);
    expect(value.get("set")).toEqual([1]);
    expect(value.get("tuple")).toEqual([1, 2, 3, 4]);
    expect(value.get("lists")).toEqual([[1], [2]]);
    expect([...(value.get("string_to_param") as ReadonlyMap<string, TorchValue>).keys()]).toEqual(["*"]);
  });
});

describe("other forms", () => {
  it("of textual inversion's authors: a ParameterDict is a dict", async () => {
    const state = dict({
      training: true,
      _parameters: dict({ "*": tensor("float32", [1, 4], range(4)) }),
      _buffers: dict({}),
    });
    const parameters = instance(global("torch.nn.modules.container", "ParameterDict"), state);
    const file = await save(
      torchLegacy(dict({ string_to_token: dict({ "*": 265 }), string_to_param: parameters })),
    );
    const value = (await readTorchFile(file)) as ReadonlyMap<string, ReadonlyMap<string, TorchTensor>>;
    expect([...value.get("string_to_param")!.keys()]).toEqual(["*"]);
    expect(await contents(await weightsOfTensors(value.get("string_to_param")!))).toEqual({
      "*": ["float32", [1, 4], range(4)],
    });
  });

  it("of PyTorch 2: untyped storages, whose tensors have the type", async () => {
    const id = tuple("storage", global("torch.storage", "UntypedStorage"), "0", "cpu", 8);
    const w = call(
      global("torch._utils", "_rebuild_tensor_v3"),
      opcodes(bare(id), "Q"),
      1,
      tuple(2),
      tuple(1),
      false,
      call(global("collections", "OrderedDict")),
      global("torch", "int16"),
    );
    const bytes = torchZipOf(pickle(dict({ w })), new Map([["0", Uint8Array.of(1, 0, 2, 0, 3, 0, 4, 0)]]));
    expect(await contents(await weightsOf(await save(bytes)))).toEqual({ w: ["int16", [2], [2, 3]] });
  });

  it("are read as plain data by whoever knows what is in them", async () => {
    const file = await save(
      torchZip(dict({ "*": dict({ vector: tensor("float32", [2], [1, 2]) }), list: [1, null, 2n ** 70n] })),
    );
    const value = (await readTorchFile(file)) as ReadonlyMap<string, ReadonlyMap<string, never>>;
    expect(value.get("list")).toEqual([1, null, 2n ** 70n]);
    const vector = value.get("*")!.get("vector");
    expect(isTensor(vector)).toBe(true);
    expect(await contents(await weightsOfTensors(new Map([["v", vector!]])))).toEqual({
      v: ["float32", [2], [1, 2]],
    });
  });
});

it("a file that is not there, and a folder, are named", async () => {
  await expect(readTorchFile(join(folder, "none.pt"))).rejects.toThrow(
    `Cannot read ${join(folder, "none.pt")}`,
  );
  await expect(readTorchFile(folder)).rejects.toThrow("it is no file");
  expect(isTorchFile(await readFile(fixture("tinytown.safetensors")))).toBe(false);
});
