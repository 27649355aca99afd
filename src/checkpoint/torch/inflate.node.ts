import { Readable } from "node:stream";
import { createInflateRaw } from "node:zlib";
import { FateZeroError } from "../../errors.ts";
import { corrupt } from "./faults.ts";
import { type OpenFile, readExactly } from "./file.node.ts";
import type { StoragePlace } from "./values.ts";

const CHUNK_BYTES = 2 ** 16;

async function* chunks(open: OpenFile, offset: number, length: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < length; at += CHUNK_BYTES) {
    yield await readExactly(open, offset + at, Math.min(CHUNK_BYTES, length - at));
  }
}

/**
 * The first `wanted` bytes of a deflated part of a file that should give `whole` bytes. No more than that is ever
 * unpacked. Throws FateZeroError where the part gives more than `whole` or fewer than `wanted`, or is damaged.
 */
export async function inflate(
  open: OpenFile,
  { offset, length }: StoragePlace,
  wanted: number,
  whole: number,
): Promise<Uint8Array> {
  const target = new Uint8Array(wanted);
  let done = 0;
  const source = Readable.from(chunks(open, offset, length), { objectMode: false });
  const unpacked = createInflateRaw({ chunkSize: CHUNK_BYTES });
  source.on("error", (error) => unpacked.destroy(error));
  source.pipe(unpacked);
  try {
    for await (const chunk of unpacked as AsyncIterable<Buffer>) {
      target.set(chunk.subarray(0, wanted - done), done);
      done += chunk.length;
      if (done > whole)
        throw corrupt(open.file, `a part of it unpacks to more than the ${whole} bytes it claims`);
      if (done >= wanted && wanted < whole) break;
    }
  } catch (cause) {
    if (cause instanceof FateZeroError) throw cause;
    throw corrupt(open.file, "a compressed part of it is damaged", { cause });
  } finally {
    source.destroy();
    unpacked.destroy();
  }
  if (done < wanted) throw corrupt(open.file, `a part of it unpacks to ${done} bytes, not to ${wanted}`);
  return target;
}
