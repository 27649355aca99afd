import { open } from "node:fs/promises";
import { fileFault } from "../file-fault.ts";
import type { ByteSource } from "./source.ts";

/** Opens a file by its path for as long as `use` takes. Throws FateZeroError `file-access` where it cannot be read. */
export async function withSource<T>(path: string, use: (source: ByteSource) => Promise<T>): Promise<T> {
  const handle = await open(path, "r").catch((cause: unknown) => {
    throw fileFault(path, cause);
  });
  try {
    return await use({
      size: async () => (await handle.stat()).size,
      async read(offset, length) {
        const bytes = new Uint8Array(length);
        let done = 0;
        while (done < length) {
          const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
          if (bytesRead === 0) break;
          done += bytesRead;
        }
        return bytes.subarray(0, done);
      },
    });
  } finally {
    await handle.close();
  }
}
