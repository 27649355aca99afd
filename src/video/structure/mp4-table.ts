import type { ReadAt } from "./bytes.ts";
import type { Box } from "./mp4-boxes.ts";

/** Bytes of a table read at a time. */
const PIECE = 1 << 20;

/** The number of entries that a table's box says, and the number that its bytes in the file can hold. */
export interface TableSize {
  readonly claimed: number;
  readonly held: number;
}

/** Reads a table's number of entries, which stands `countAt` bytes into the box, before entries of `entryBytes` each. */
export async function tableSize(
  readAt: ReadAt,
  box: Box,
  fileSize: number,
  countAt: number,
  entryBytes: number,
): Promise<TableSize> {
  const head = await readAt(box.body + countAt, 4);
  const claimed = head.byteLength < 4 ? 0 : head.getUint32(0);
  const bytes = Math.min(box.end, fileSize) - (box.body + countAt + 4);
  return { claimed, held: Math.max(0, Math.floor(bytes / entryBytes)) };
}

/** Entries of a table, each as a view of its bytes; never more than the file holds. */
export async function* entriesOf(
  readAt: ReadAt,
  box: Box,
  { claimed, held }: TableSize,
  countAt: number,
  entryBytes: number,
): AsyncGenerator<DataView> {
  const count = Math.min(claimed, held);
  const atOnce = Math.floor(PIECE / entryBytes);
  for (let k = 0; k < count; k += atOnce) {
    const wanted = Math.min(atOnce, count - k) * entryBytes;
    const piece = await readAt(box.body + countAt + 4 + k * entryBytes, wanted);
    for (let at = 0; at + entryBytes <= piece.byteLength; at += entryBytes) {
      yield new DataView(piece.buffer, piece.byteOffset + at, entryBytes);
    }
  }
}
