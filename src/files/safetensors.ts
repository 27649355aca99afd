import { withSource } from "#files";
import { FateZeroError } from "../errors.ts";
import {
  type FloatTensor,
  floatTensor,
  headerLength,
  parseHeader,
  type SafetensorsHeader,
  toFloat32,
} from "../tensor/index.ts";
import type { ByteSource } from "./source.ts";

async function headerOf(name: string, source: ByteSource): Promise<SafetensorsHeader> {
  const size = await source.size();
  const length = headerLength(name, await source.read(0, 8), size);
  return parseHeader(name, await source.read(8, length), size);
}

/** Reads and checks the header of a `.safetensors` file; no tensor data is read. */
export function readSafetensorsHeader(file: string): Promise<SafetensorsHeader> {
  return withSource(file, (source) => headerOf(file, source));
}

/** Reads tensors by name, or all; F16, BF16, F64, integers and booleans become float32. */
export function readSafetensors(
  file: string,
  names?: readonly string[],
): Promise<{ tensors: Map<string, FloatTensor>; metadata: Readonly<Record<string, string>> }> {
  return withSource(file, async (source) => {
    const header = await headerOf(file, source);
    const tensors = new Map<string, FloatTensor>();
    for (const name of names ?? header.tensors.keys()) {
      const entry = header.tensors.get(name);
      if (!entry) {
        throw new FateZeroError(
          "tensor-missing",
          `${file} holds no tensor "${name}".`,
          "Use a file of the right kind.",
        );
      }
      const bytes = await source.read(entry.offset, entry.length);
      tensors.set(name, floatTensor(entry.shape, toFloat32(entry.dtype, bytes)));
    }
    return { tensors, metadata: header.metadata };
  });
}
