import { open } from "node:fs/promises";
import { FateZeroError } from "../errors.ts";
import { type FloatTensor, floatTensor, readRange, toFloat32 } from "../tensor/index.ts";
import type { WeightInfo } from "./types.ts";

/** Bytes of a weight, read from its file. */
export async function bytesOfWeight({ location }: WeightInfo): Promise<Uint8Array> {
  if ("data" in location) return location.data;
  const { file, offset, length } = location;
  const handle = await open(file);
  try {
    const bytes = await readRange(handle, offset, length);
    if (bytes.length === length) return bytes;
    throw new FateZeroError("checkpoint-corrupt", `${file} ends too early.`, "Download the file again.");
  } finally {
    await handle.close();
  }
}

/** Reads a small weight as float32. Graphs refer to their weights and never come here. */
export async function readWeight(weight: WeightInfo): Promise<FloatTensor> {
  const bytes = await bytesOfWeight(weight);
  return floatTensor(weight.shape, toFloat32(weight.dtype, bytes));
}
