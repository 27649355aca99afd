import { FateZeroError } from "../errors.ts";
import { withSource } from "../files/index.ts";
import { type FloatTensor, floatTensor, toFloat32 } from "../tensor/index.ts";
import type { WeightInfo } from "./types.ts";

/** Bytes of a weight, read from its file. */
export async function bytesOfWeight({ location }: WeightInfo): Promise<Uint8Array> {
  if ("data" in location) return location.data;
  const { file, offset, length } = location;
  const bytes = await withSource(file, (source) => source.read(offset, length));
  if (bytes.length === length) return bytes;
  throw new FateZeroError("checkpoint-corrupt", `${file} ends too early.`, "Download the file again.");
}

/** Reads a small weight as float32. Graphs refer to their weights and never come here. */
export async function readWeight(weight: WeightInfo): Promise<FloatTensor> {
  const bytes = await bytesOfWeight(weight);
  return floatTensor(weight.shape, toFloat32(weight.dtype, bytes));
}
