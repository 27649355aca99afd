import { createReadStream } from "node:fs";
import { FateZeroError } from "./errors.ts";
import { fileFault, isAbsent, isOutOfHandles } from "./file-fault.ts";
import { MAX_TEXT_BYTES } from "./limits.ts";
import { formatBytes } from "./quantity.ts";
import { decodeText } from "./text.ts";

type Faulty = (cause: NodeJS.ErrnoException) => FateZeroError;

/** All bytes of a file or a pipe; null where they are too many: it was named by mistake, or never ends. Throws as `node:fs` does. */
async function bytesOf(file: string, most: number): Promise<Uint8Array | null> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of createReadStream(file) as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > most) return null;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function checked(file: string, bytes: Uint8Array | null, most: number): string {
  if (bytes === null) {
    throw new FateZeroError(
      "file-too-large",
      `"${file}" is longer than ${formatBytes(most)}, which no text of its kind is.`,
      "Check that it is the right file.",
    );
  }
  const { text, fault } = decodeText(bytes);
  if (text !== undefined) return text;
  throw new FateZeroError(
    "text-encoding",
    `"${file}" is ${fault}.`,
    "Check that it is the right file, and save it as UTF-8.",
  );
}

/**
 * The text of a file in any encoding that tells itself: all texts are read here. Throws what `absent` makes of a file that
 * is not there or cannot be read, and FateZeroError `text-encoding` on one that is no text.
 */
export async function readText(file: string, absent: Faulty, most: number = MAX_TEXT_BYTES): Promise<string> {
  const bytes = await bytesOf(file, most).catch((cause: NodeJS.ErrnoException) => {
    throw isOutOfHandles(cause) ? fileFault(file, cause) : absent(cause);
  });
  return checked(file, bytes, most);
}

/** The text of a file that need not be there. Throws FateZeroError `file-access`, `text-encoding` on one that is. */
export async function readTextIfThere(file: string): Promise<string | undefined> {
  const bytes = await bytesOf(file, MAX_TEXT_BYTES).catch((cause: unknown) => {
    if (isAbsent(cause)) return undefined;
    throw fileFault(file, cause);
  });
  return bytes === undefined ? undefined : checked(file, bytes, MAX_TEXT_BYTES);
}

/** The text of a file that is only looked at: undefined also where it cannot be read or is no text. */
export async function readTextIfAny(file: string): Promise<string | undefined> {
  const bytes = await bytesOf(file, MAX_TEXT_BYTES).catch((cause: unknown) => {
    if (isOutOfHandles(cause)) throw fileFault(file, cause);
    return null;
  });
  return bytes ? decodeText(bytes).text : undefined;
}
