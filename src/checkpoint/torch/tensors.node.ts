import { MAX_UNPACKED_BYTES } from "../../limits.ts";
import { bytesPerElement } from "../../tensor/index.ts";
import type { NamedWeights, WeightInfo } from "../types.ts";
import { tooLarge } from "./faults.ts";
import { readExactly, withFile } from "./file.node.ts";
import { inflate } from "./inflate.node.ts";
import type { TorchStorage, TorchTensor } from "./values.ts";
import { elementsOf, gather, isContiguous, spanOf } from "./view.ts";

/** Bytes of a tensor, row-major. */
function bytesOf({ dtype, shape }: TorchTensor): number {
  return elementsOf(shape)! * bytesPerElement(dtype);
}

/** Bytes of its storage before the tensor's first element, and up to the end of its last. */
function rangeOf({ dtype, shape, strides, offset }: TorchTensor): { begin: number; end: number } {
  const size = bytesPerElement(dtype);
  return { begin: offset * size, end: (offset + spanOf(shape, strides)!) * size };
}

function weight({ dtype, shape }: TorchTensor, location: WeightInfo["location"]): WeightInfo {
  return { dtype, shape, location };
}

/** Where a tensor's bytes are, if its file holds them as they are needed. */
function inPlace(tensor: TorchTensor): WeightInfo | null {
  const { shape, strides, storage } = tensor;
  if (storage.place.deflated || !isContiguous(shape, strides)) return null;
  const { file, offset } = storage.place;
  return weight(tensor, { file, offset: offset + rangeOf(tensor).begin, length: bytesOf(tensor) });
}

/** Tensors of one storage that must be unpacked, and the part of it that they need. */
interface Unpacking {
  readonly tensors: Map<string, TorchTensor>;
  begin: number;
  end: number;
}

function planUnpacking(tensors: ReadonlyMap<string, TorchTensor>): Map<TorchStorage, Unpacking> {
  const plan = new Map<TorchStorage, Unpacking>();
  for (const [name, tensor] of tensors) {
    const { storage } = tensor;
    const { begin, end } = rangeOf(tensor);
    const unpacking = plan.get(storage) ?? { tensors: new Map(), begin, end };
    unpacking.tensors.set(name, tensor);
    // What is compressed can only be unpacked from its beginning.
    unpacking.begin = storage.place.deflated ? 0 : Math.min(unpacking.begin, begin);
    unpacking.end = Math.max(unpacking.end, end);
    plan.set(storage, unpacking);
  }
  return plan;
}

function checkMemory(file: string, plan: ReadonlyMap<TorchStorage, Unpacking>): void {
  let total = 0;
  for (const { tensors, begin, end } of plan.values()) {
    total += end - begin;
    for (const tensor of tensors.values()) {
      if (!isContiguous(tensor.shape, tensor.strides)) total += bytesOf(tensor);
    }
  }
  if (total <= MAX_UNPACKED_BYTES) return;
  throw tooLarge(
    file,
    `has weights that are compressed or lie transposed: to unpack them takes ${total} bytes of memory, at most ` +
      `${MAX_UNPACKED_BYTES} are given`,
  );
}

async function unpack(storage: TorchStorage, { tensors, begin, end }: Unpacking): Promise<NamedWeights> {
  const { place, bytes } = storage;
  const source = await withFile(place.file, (open) =>
    place.deflated ? inflate(open, place, end, bytes) : readExactly(open, place.offset + begin, end - begin),
  );
  const weights = new Map<string, WeightInfo>();
  for (const [name, tensor] of tensors) {
    const { dtype, shape, strides } = tensor;
    const data = gather(source, rangeOf(tensor).begin - begin, shape, strides, bytesPerElement(dtype));
    weights.set(name, weight(tensor, { data }));
  }
  return weights;
}

/**
 * Tensors as weights. One that lies row-major and uncompressed stays where it is in the file; any other is copied into
 * memory. Throws FateZeroError `torch-too-large` where that would take more than 1 GiB, before anything is read.
 */
export async function weightsOfTensors(tensors: ReadonlyMap<string, TorchTensor>): Promise<NamedWeights> {
  const weights = new Map<string, WeightInfo | null>();
  const others = new Map<string, TorchTensor>();
  for (const [name, tensor] of tensors) {
    const info =
      elementsOf(tensor.shape) === 0 ? weight(tensor, { data: new Uint8Array(0) }) : inPlace(tensor);
    // Every name takes its place now, so that the order stays that of the file.
    weights.set(name, info);
    if (!info) others.set(name, tensor);
  }
  const plan = planUnpacking(others);
  const [first] = plan.keys();
  if (first) checkMemory(first.place.file, plan);
  for (const [storage, unpacking] of plan) {
    for (const [name, info] of await unpack(storage, unpacking)) weights.set(name, info);
  }
  return weights as NamedWeights;
}
