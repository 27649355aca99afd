import { open, realpath } from "node:fs/promises";
import { FateZeroError } from "../errors.ts";
import { fileFault } from "../file-fault.ts";
import { readSafetensorsHeader } from "../files/index.ts";
import { readTorchWeights } from "./torch/index.node.ts";
import { isTorchFile } from "./torch/index.ts";
import type { NamedWeights, WeightInfo } from "./types.ts";

/** A file of weights: what it holds by name, and what it says of itself (metadata, `global_step`). */
export interface WeightFile {
  readonly weights: NamedWeights;
  readonly facts: ReadonlyMap<string, string | number | boolean>;
}

/** Bytes that tell the formats apart. */
const HEAD_BYTES = 32;

/** The first bytes of a file, for `isTorchFile`. Throws FateZeroError `file-access`. */
export async function headOf(file: string): Promise<Uint8Array> {
  const handle = await open(file, "r").catch((cause: unknown) => {
    throw fileFault(file, cause);
  });
  try {
    if ((await handle.stat()).isDirectory()) {
      throw new FateZeroError("file-access", `${file} is a folder.`, "Name the file of weights in it.");
    }
    const head = new Uint8Array(HEAD_BYTES);
    const { bytesRead } = await handle.read(head, 0, HEAD_BYTES, 0);
    return head.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** A length that can be one, then the beginning of JSON. */
function isSafetensorsHead(head: Uint8Array): boolean {
  return head.length > 8 && head[8] === 0x7b && head.subarray(4, 8).every((byte) => byte === 0);
}

/** What files are that are no weights but often stand in their place. */
const OTHER_FORMATS: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/^version https:\/\/git-lfs/, "a pointer of git LFS, in place of the file itself"],
  [/^\s*<(!doctype|html|\?xml)/i, "a web page, in place of the file itself"],
  [/^$/, "empty"],
];

function unknownFormat(path: string, head: Uint8Array): FateZeroError {
  const text = new TextDecoder("latin1").decode(head);
  const what = OTHER_FORMATS.find(([pattern]) => pattern.test(text))?.[1];
  return new FateZeroError(
    "weights-unknown",
    `${path} holds no weights: it is ${what ?? "neither a .safetensors file nor one of PyTorch"}.`,
    "Download the file again.",
  );
}

/**
 * Opens a `.safetensors` file or a PyTorch one (zip or legacy pickle), told apart by their first bytes. No weight is
 * loaded and nothing in the file is run. Throws FateZeroError on a damaged file.
 */
export async function openWeightFile(path: string): Promise<WeightFile> {
  // ONNX Runtime refuses data files outside their folder, so links (as in the hub's cache) are resolved first.
  const file = await realpath(path).catch(() => path);
  const head = await headOf(file);
  if (isTorchFile(head)) return readTorchWeights(file);
  if (!file.endsWith(".safetensors") && !isSafetensorsHead(head)) throw unknownFormat(path, head);
  const { tensors, metadata } = await readSafetensorsHeader(file);
  const weights = new Map<string, WeightInfo>();
  for (const [name, { dtype, shape, offset, length }] of tensors) {
    weights.set(name, { dtype, shape, location: { file, offset, length } });
  }
  return { weights, facts: new Map(Object.entries(metadata)) };
}

/** Names, types, shapes and places of all weights in a file. */
export async function weightsOfFile(path: string): Promise<NamedWeights> {
  return (await openWeightFile(path)).weights;
}
