import { readSafetensors } from "../../src/files/index.ts";
import { type FloatTensor, floatTensor, sizeOf } from "../../src/tensor/index.ts";

/** The tensors of a case, with book kept of which were looked at. */
export interface Stored {
  has(...names: readonly string[]): boolean;
  /** Null where the case does not hold it: a case need not hold everything. */
  find(name: string): FloatTensor | null;
  /** Throws where the case does not hold it. */
  get(name: string): FloatTensor;
  /** Entries of the file's own metadata. */
  text(name: string): string | undefined;
  names(): readonly string[];
  unused(): readonly string[];
}

export async function readStored(file: string): Promise<Stored> {
  const { tensors, metadata } = await readSafetensors(file);
  const used = new Set<string>();
  const find = (name: string): FloatTensor | null => {
    const tensor = tensors.get(name) ?? null;
    if (tensor) used.add(name);
    return tensor;
  };
  return {
    has: (...names) => names.every((name) => tensors.has(name)),
    find,
    get(name) {
      const tensor = find(name);
      if (!tensor) throw new Error(`the case holds no ${name}`);
      return tensor;
    },
    text: (name) => metadata[name],
    names: () => [...tensors.keys()],
    unused: () => [...tensors.keys()].filter((name) => !used.has(name)),
  };
}

/** The part of a tensor at some leading indices, sharing its memory. */
export function at(tensor: FloatTensor, ...indices: readonly number[]): FloatTensor {
  const rest = tensor.shape.slice(indices.length);
  const size = sizeOf(rest);
  let offset = 0;
  for (const [axis, index] of indices.entries()) {
    if (index >= tensor.shape[axis]!)
      throw new Error(`a tensor of shape [${tensor.shape}] has no index ${index} on axis ${axis}`);
    offset = offset * tensor.shape[axis]! + index;
  }
  return floatTensor(rest, tensor.data.subarray(offset * size, (offset + 1) * size));
}

/** Latents of a clip as the reference stores them, [.., C, F, h, w], taken at the leading indices: [F, C, h, w]. */
export function clipAt(tensor: FloatTensor, ...indices: readonly number[]): FloatTensor {
  const { shape, data } = at(tensor, ...indices);
  const [channels, frames, h, w] = shape as [number, number, number, number];
  const pixels = h * w;
  const out = floatTensor([frames, channels, h, w]);
  for (let c = 0; c < channels; c++) {
    for (let f = 0; f < frames; f++) {
      const from = (c * frames + f) * pixels;
      out.data.set(data.subarray(from, from + pixels), (f * channels + c) * pixels);
    }
  }
  return out;
}
