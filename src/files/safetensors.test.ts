import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { float32ToFloat16 } from "../tensor/index.ts";
import { writeSafetensors } from "./index.node.ts";
import { readSafetensors } from "./index.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fatezero-tensor-"));
});
afterAll(() => rm(folder, { recursive: true }));

function fileOf(header: unknown, dataBytes: number, claimed?: bigint): Uint8Array {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, claimed ?? BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

describe("safetensors", () => {
  it("reads back what it wrote, with its metadata and nothing left beside it", async () => {
    const file = join(folder, "a.safetensors");
    const floats = Float32Array.of(1.5, -2, Number.POSITIVE_INFINITY, 3e-8);
    await writeSafetensors(
      file,
      {
        half: { dtype: "float16", shape: [3], data: float32ToFloat16(Float32Array.of(1, 0.1, -65504)) },
        floats: { dtype: "float32", shape: [2, 2], data: floats },
        ids: { dtype: "int64", shape: [2], data: BigInt64Array.of(7n, -1n) },
      },
      { prompt: "a red “car”" },
    );
    const { tensors, metadata } = await readSafetensors(file);
    expect(metadata).toEqual({ prompt: "a red “car”" });
    expect(tensors.get("floats")).toEqual({ dtype: "float32", shape: [2, 2], data: floats });
    expect(Array.from(tensors.get("ids")!.data)).toEqual([7, -1]);
    expect(tensors.get("half")!.data[1]).toBeCloseTo(0.1, 4);
    expect(await readdir(folder)).toEqual(["a.safetensors"]);
  });

  it("says of types that it does not compute with what they are", async () => {
    const file = join(folder, "fp8.safetensors");
    const entry = { dtype: "F8_E4M3", shape: [4], data_offsets: [0, 4] };
    await writeFile(file, fileOf({ "conv_in.weight": entry }, 4));
    await expect(readSafetensors(file)).rejects.toThrow(
      'holds "conv_in.weight" as F8_E4M3, a type that is not computed with here. Use the file with 16 or 32 bits.',
    );
  });

  it("keeps the old file when the new one cannot be written", async () => {
    const file = join(folder, "a.safetensors");
    const before = await readFile(file);
    const bad = { x: { dtype: "float32", shape: [1], data: null } };
    await expect(writeSafetensors(file, bad as never)).rejects.toThrow();
    await expect(writeSafetensors(join(folder, "none", "b.safetensors"), {})).rejects.toThrow("Cannot write");
    expect(await readFile(file)).toEqual(before);
  });

  it.each([
    ["nothing", new Uint8Array(3), "only 3 bytes"],
    ["a header longer than the file", fileOf({}, 0, 1n << 40n), "header claims"],
    ["no JSON", fileOf("{nope", 0), "not JSON"],
    [
      "a type in brackets",
      fileOf(`{"x":{"dtype":${"[".repeat(50_000)}${"]".repeat(50_000)}}}`, 0),
      "nested too deeply: 50002 levels, of at most 64",
    ],
    ["a header of 20 MB", fileOf(" ".repeat(20e6), 0), "claims 20000000 bytes, more than 16777216"],
    [
      "60,000 tensors",
      fileOf(Object.fromEntries(Array.from({ length: 60_000 }, (_, i) => [`t${i}`, {}])), 0),
      "60000 tensors, more than 50000",
    ],
    [
      "1,000 axes",
      fileOf({ x: { dtype: "F32", shape: new Array(1000).fill(1), data_offsets: [0, 4] } }, 4),
      "no valid shape",
    ],
    [
      "a negative axis",
      fileOf('{"__proto__":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}', 4),
      "no valid shape",
    ],
    [
      "an axis of 1e308",
      fileOf({ x: { dtype: "F32", shape: [1e308], data_offsets: [0, 4] } }, 4),
      "no valid shape",
    ],
    [
      "half an axis",
      fileOf({ x: { dtype: "F32", shape: [0.5], data_offsets: [0, 2] } }, 4),
      "no valid shape",
    ],
    [
      "metadata that is no text",
      fileOf({ __metadata__: { a: [[1]] } }, 0),
      'metadata "a" is no text, but [[1]]',
    ],
    [
      "a type that objects have",
      fileOf({ x: { dtype: "toString", shape: [], data_offsets: [0, 0] } }, 0),
      "unknown type",
    ],
    [
      "a cut-off tensor",
      fileOf({ x: { dtype: "F32", shape: [4], data_offsets: [0, 16] } }, 8),
      "past the end",
    ],
    [
      "a size that lies",
      fileOf({ x: { dtype: "F32", shape: [4], data_offsets: [0, 8] } }, 8),
      "needs 16 bytes",
    ],
    ["an unknown type", fileOf({ x: { dtype: "F7", shape: [1], data_offsets: [0, 4] } }, 4), "unknown type"],
    [
      "overlapping tensors",
      fileOf(
        {
          x: { dtype: "F32", shape: [2], data_offsets: [0, 8] },
          y: { dtype: "F32", shape: [2], data_offsets: [4, 12] },
        },
        12,
      ),
      "overlaps",
    ],
  ])("refuses a file with %s", async (name, bytes, message) => {
    const file = join(folder, `${name}.safetensors`);
    await writeFile(file, bytes);
    await expect(readSafetensors(file)).rejects.toThrow(message);
    await expect(readSafetensors(file)).rejects.toThrow(file);
  });
});
