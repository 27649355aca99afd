import { randomBytes } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { FateZeroError } from "../errors.ts";
import { type FloatTensor, floatTensor } from "./host.ts";
import { readRange } from "./read-range.node.ts";
import {
  headerLength,
  layOut,
  parseHeader,
  type SafetensorsHeader,
  type TensorToWrite,
} from "./safetensors.ts";
import { toFloat32 } from "./to-float32.ts";

function cannot(action: string, file: string, cause: unknown): FateZeroError {
  const message = cause instanceof Error ? cause.message : String(cause);
  const { code } = cause as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG") {
    return new FateZeroError(
      "no-space",
      `"${file}" could not be written: there is no space left. Nothing was changed.`,
      "Free some space or choose another disk.",
      { cause },
    );
  }
  return new FateZeroError(
    "file-access",
    `Cannot ${action} ${file}: ${message}.`,
    "Check the path and its permissions.",
    {
      cause,
    },
  );
}

async function withFile<T>(file: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await open(file, "r").catch((error: unknown) => {
    throw cannot("read", file, error);
  });
  try {
    return await use(handle);
  } finally {
    await handle.close();
  }
}

/** Reads and checks the header of a `.safetensors` file; no tensor data is read. */
export function readSafetensorsHeader(file: string): Promise<SafetensorsHeader> {
  return withFile(file, async (handle) => {
    const { size } = await handle.stat();
    const length = headerLength(file, await readRange(handle, 0, 8), size);
    return parseHeader(file, await readRange(handle, 8, length), size);
  });
}

/** Reads tensors by name, or all; F16, BF16, F64, integers and booleans become float32. */
export function readSafetensors(
  file: string,
  names?: readonly string[],
): Promise<{ tensors: Map<string, FloatTensor>; metadata: Readonly<Record<string, string>> }> {
  return withFile(file, async (handle) => {
    const { size } = await handle.stat();
    const length = headerLength(file, await readRange(handle, 0, 8), size);
    const header = parseHeader(file, await readRange(handle, 8, length), size);
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
      const bytes = await readRange(handle, entry.offset, entry.length);
      tensors.set(name, floatTensor(entry.shape, toFloat32(entry.dtype, bytes)));
    }
    return { tensors, metadata: header.metadata };
  });
}

/** Writes a `.safetensors` file. A file of that name is replaced only when the new one is complete. */
export async function writeSafetensors(
  file: string,
  tensors: Readonly<Record<string, TensorToWrite>>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { head, bodies } = layOut(tensors, metadata);
  const partial = `${file}.${randomBytes(4).toString("hex")}.partial`;
  try {
    const handle = await open(partial, "wx");
    try {
      await handle.writeFile(head);
      for (const body of bodies) await handle.writeFile(body);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw cannot("write", file, error);
  }
}
