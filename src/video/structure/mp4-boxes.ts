import { MAX_MP4_CHILDREN } from "../../limits.ts";
import type { ReadAt } from "./bytes.ts";

/** A box of an mp4 or mov file (ISO/IEC 14496-12, 4.2). */
export interface Box {
  readonly type: string;
  /** Where its content begins, and where the box ends by its own word (perhaps past the end of the file). */
  readonly body: number;
  readonly end: number;
}

/** The boxes between `begin` and `end`, up to the first that cannot be one. */
export async function* boxesIn(
  readAt: ReadAt,
  begin: number,
  end: number,
  most = MAX_MP4_CHILDREN,
): AsyncGenerator<Box, void, undefined> {
  let at = begin;
  for (let count = 0; at + 8 <= end && count < most; count++) {
    const head = await readAt(at, 16);
    if (head.byteLength < 8) return;
    const short = head.getUint32(0);
    const isLong = short === 1;
    if (isLong && head.byteLength < 16) return;
    const size = isLong ? Number(head.getBigUint64(8)) : short === 0 ? end - at : short;
    const header = isLong ? 16 : 8;
    if (size < header) return;
    const type = String.fromCharCode(...[4, 5, 6, 7].map((i) => head.getUint8(i)));
    yield { type, body: at + header, end: at + size };
    at += size;
  }
}

/** The first box at a path of types, such as `["mdia", "minf", "stbl"]`, within a box. */
export async function boxAt(
  readAt: ReadAt,
  parent: Pick<Box, "body" | "end">,
  path: readonly string[],
): Promise<Box | undefined> {
  const [type, ...rest] = path;
  for await (const box of boxesIn(readAt, parent.body, parent.end)) {
    if (box.type === type) return rest.length === 0 ? box : boxAt(readAt, box, rest);
  }
  return undefined;
}
