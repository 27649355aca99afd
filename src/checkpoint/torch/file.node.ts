import { realpath, stat } from "node:fs/promises";
import { FateZeroError } from "../../errors.ts";
import { type ByteSource, withSource } from "../../files/index.ts";
import { corrupt } from "./faults.ts";

/** A file that is open for reading. */
export interface OpenFile {
  /** Its path, links resolved: ONNX Runtime refuses data files outside their folder, as in the hub's cache. */
  readonly file: string;
  readonly source: ByteSource;
  /** Bytes. */
  readonly size: number;
}

function cannotRead(path: string, cause: unknown): FateZeroError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new FateZeroError(
    "file-access",
    `Cannot read ${path}: ${message}.`,
    "Check the path and its permissions.",
    { cause },
  );
}

/** Opens a file for as long as `use` takes. Throws FateZeroError where there is none. */
export async function withFile<T>(path: string, use: (open: OpenFile) => Promise<T>): Promise<T> {
  const fail = (cause: unknown): never => {
    throw cannotRead(path, cause);
  };
  const file = await realpath(path).catch(fail);
  const info = await stat(file).catch(fail);
  if (!info.isFile()) fail(new Error("it is no file"));
  return withSource(file, (source) => use({ file, source, size: info.size }));
}

/** The bytes from `offset` on: `length`, or as many as there are. */
export async function readPart({ source, size }: OpenFile, offset: number, length: number): Promise<Buffer> {
  const bytes = await source.read(offset, Math.max(0, Math.min(length, size - offset)));
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** The same, where fewer would be a fault of the file. */
export async function readExactly(open: OpenFile, offset: number, length: number): Promise<Buffer> {
  if (length > open.size - offset) throw corrupt(open.file, "it is cut off");
  const bytes = await readPart(open, offset, length);
  if (bytes.length === length) return bytes;
  throw corrupt(open.file, "it is cut off");
}
