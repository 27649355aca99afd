import { createReadStream } from "node:fs";
import { FateZeroError } from "./errors.ts";
import { decodeText } from "./text.ts";

/** Far above any text that is read here; what is longer was named by mistake, or never ends. */
const MAX_TEXT_BYTES = 128_000_000;

type Faulty = (cause: NodeJS.ErrnoException) => FateZeroError;

/** All bytes of a file or a pipe; null where they are too many. Throws as `node:fs` does. */
async function bytesOf(file: string): Promise<Uint8Array | null> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of createReadStream(file) as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > MAX_TEXT_BYTES) return null;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** What is known of bytes as a text; a fault tells what they are. */
function textIn(bytes: Uint8Array | null): ReturnType<typeof decodeText> {
  if (bytes) return decodeText(bytes);
  return { fault: `longer than ${MAX_TEXT_BYTES / 1e6} MB, which no text of its kind is` };
}

function checked(file: string, bytes: Uint8Array | null): string {
  const { text, fault } = textIn(bytes);
  if (text !== undefined) return text;
  throw new FateZeroError(
    "text-encoding",
    `"${file}" is ${fault}.`,
    "Check that it is the right file, and save it as UTF-8.",
  );
}

const isAbsent = ({ code }: NodeJS.ErrnoException): boolean => code === "ENOENT" || code === "ENOTDIR";

function noAccess(file: string, cause: Error): FateZeroError {
  return new FateZeroError(
    "file-access",
    `Cannot read ${file}: ${cause.message}.`,
    "Check the path and its permissions.",
    { cause },
  );
}

/**
 * The text of a file in any encoding that tells itself: all texts are read here. Throws what `absent` makes of a file that
 * is not there or cannot be read, and FateZeroError `text-encoding` on one that is no text.
 */
export async function readText(file: string, absent: Faulty): Promise<string> {
  const bytes = await bytesOf(file).catch((cause: NodeJS.ErrnoException) => {
    throw absent(cause);
  });
  return checked(file, bytes);
}

/** The text of a file that need not be there. Throws FateZeroError `file-access`, `text-encoding` on one that is. */
export async function readTextIfThere(file: string): Promise<string | undefined> {
  const bytes = await bytesOf(file).catch((cause: NodeJS.ErrnoException) => {
    if (isAbsent(cause)) return undefined;
    throw noAccess(file, cause);
  });
  return bytes === undefined ? undefined : checked(file, bytes);
}

/** The text of a file that is only looked at: undefined also where it cannot be read or is no text. */
export async function readTextIfAny(file: string): Promise<string | undefined> {
  const bytes = await bytesOf(file).catch(() => null);
  return bytes ? textIn(bytes).text : undefined;
}
