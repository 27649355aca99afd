import { open, realpath } from "node:fs/promises";
import { FateZeroError } from "../errors.ts";
import { readSafetensorsHeader } from "../tensor/index.ts";
import { isTorchFile, readTorchWeights } from "./torch/index.ts";
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
    throw new FateZeroError(
      "file-access",
      `Cannot read ${file}: ${cause instanceof Error ? cause.message : String(cause)}.`,
      "Check the path and its permissions.",
      { cause },
    );
  });
  try {
    const head = new Uint8Array(HEAD_BYTES);
    const { bytesRead } = await handle.read(head, 0, HEAD_BYTES, 0);
    return head.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/**
 * Opens a `.safetensors` file or a PyTorch one (zip or legacy pickle), told apart by their first bytes. No weight is
 * loaded and nothing in the file is run. Throws FateZeroError on a damaged file.
 */
export async function openWeightFile(path: string): Promise<WeightFile> {
  // ONNX Runtime refuses data files outside their folder, so links (as in the hub's cache) are resolved first.
  const file = await realpath(path).catch(() => path);
  if (isTorchFile(await headOf(file))) return readTorchWeights(file);
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
