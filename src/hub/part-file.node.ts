import { createHash, type Hash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { FateZeroError } from "../errors.ts";

/** A hash that begins as that of an etag: SHA-256, or git's SHA-1 over a header and the content. */
function hashFor(etag: string, size: number): Hash {
  return etag.length === 64 ? createHash("sha256") : createHash("sha1").update(`blob ${size}\0`);
}

/** Hash of a file's content, of the kind that `etag` is. `size` is that of the file. */
export async function hashOfFile(
  path: string,
  etag: string,
  size: number,
  signal?: AbortSignal,
): Promise<string> {
  const hash = hashFor(etag, size);
  const handle = await open(path, "r");
  try {
    for await (const chunk of handle.createReadStream({ highWaterMark: READ_BYTES, autoClose: false })) {
      signal?.throwIfAborted();
      hash.update(chunk);
    }
  } finally {
    await handle.close();
  }
  return hash.digest("hex");
}

const READ_BYTES = 1 << 20;

/** A download on its way: a file that grows, and the hash of what it holds. */
export interface PartFile {
  /** Bytes that it holds. */
  size(): number;
  append(chunk: Uint8Array): Promise<void>;
  /** Begins at byte 0 again. */
  restart(): Promise<void>;
  /** Hash of all of it. Once. */
  digest(): string;
  /** Has the bytes on the disk itself. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

function notOurs(path: string, cause?: unknown): FateZeroError {
  return new FateZeroError(
    "hub-cache",
    `"${path}" is to hold a partial download, but something else is there: a link, or no plain file.`,
    "Remove it, and see who put it there.",
    { cause },
  );
}

/** Opens a file to append to, or makes it; a link is not followed, and nothing else than a plain file is taken. */
async function openOwn(path: string): Promise<FileHandle> {
  // Windows knows no such flags; there only administrators make links.
  const { O_RDWR, O_CREAT, O_APPEND, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  const flags = O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK;
  const handle = await open(path, flags, 0o666).catch((error: NodeJS.ErrnoException) => {
    throw ["ELOOP", "EMLINK", "EISDIR", "ENXIO"].includes(error.code ?? "") ? notOurs(path, error) : error;
  });
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw notOurs(path);
}

/** Opens a partial download, or begins one. What it holds already is hashed; more than `size` bytes are dropped. */
export async function openPart(
  path: string,
  etag: string,
  size: number,
  signal: AbortSignal,
): Promise<PartFile> {
  const handle = await openOwn(path);
  let hash = hashFor(etag, size);
  let at = 0;
  const part: PartFile = {
    size: () => at,
    async append(chunk) {
      // Bytes that the disk took count, even when it refuses the rest.
      let written = 0;
      while (written < chunk.length) {
        const { bytesWritten } = await handle.write(chunk, written);
        hash.update(chunk.subarray(written, written + bytesWritten));
        written += bytesWritten;
        at += bytesWritten;
      }
    },
    async restart() {
      if (at > 0) await handle.truncate(0);
      hash = hashFor(etag, size);
      at = 0;
    },
    digest: () => hash.digest("hex"),
    sync: () => handle.sync(),
    close: () => handle.close(),
  };
  try {
    const { size: held } = await handle.stat();
    if (held > size) {
      at = held;
      await part.restart();
    } else {
      const buffer = new Uint8Array(READ_BYTES);
      while (at < held) {
        signal.throwIfAborted();
        const { bytesRead } = await handle.read(buffer, 0, READ_BYTES, at);
        if (bytesRead === 0) break;
        hash.update(buffer.subarray(0, bytesRead));
        at += bytesRead;
      }
    }
    return part;
  } catch (error) {
    await handle.close();
    throw error;
  }
}
