import { createHash, type Hash } from "node:crypto";
import { open } from "node:fs/promises";

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

/** Opens a partial download, or begins one. What it holds already is hashed; more than `size` bytes are dropped. */
export async function openPart(
  path: string,
  etag: string,
  size: number,
  signal: AbortSignal,
): Promise<PartFile> {
  const handle = await open(path, "a+");
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
