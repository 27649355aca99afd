import { type FileHandle, open } from "node:fs/promises";
import { FateZeroError } from "../errors.ts";
import { formatBytes } from "../quantity.ts";
import { fileFault, isAbsent } from "./fault.ts";

const CHUNK_BYTES = 2 ** 16;

/** Bytes to the end, or one more than `most`. What has no length, such as a pipe, is read as well. */
async function bytesOf(handle: FileHandle, most: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (let done = 0; done <= most; ) {
    const part = new Uint8Array(CHUNK_BYTES);
    const { bytesRead } = await handle.read(part, 0, CHUNK_BYTES, null);
    if (bytesRead === 0) break;
    parts.push(part.subarray(0, bytesRead));
    done += bytesRead;
  }
  return Buffer.concat(parts);
}

/**
 * Reads a text file of at most `most` bytes; null where there is none.
 *
 * @throws FateZeroError `file-too-large`, `file-access`, `too-many-files`
 */
export async function readTextIfAny(file: string, most: number): Promise<string | null> {
  try {
    const handle = await open(file, "r");
    try {
      const bytes = await bytesOf(handle, most);
      if (bytes.length <= most) return new TextDecoder().decode(bytes);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (isAbsent(cause)) return null;
    throw fileFault(file, cause);
  }
  throw new FateZeroError(
    "file-too-large",
    `${file} has more than ${formatBytes(most)}, which no sound file of its kind has.`,
    "Check that it is the right file.",
  );
}
