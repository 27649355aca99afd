import type { ReadAt, Structure } from "./bytes.ts";

/** Identifiers of elements (RFC 9559). */
const SEGMENT = 0x18538067;
const SEEK_HEAD = 0x114d9b74;
const CUES = 0x1c53bb6b;
const CLUSTER = 0x1f43b675;

/** Elements before the first cluster that are looked at. */
const MOST_ELEMENTS = 1000;

interface Element {
  readonly id: number;
  readonly body: number;
  /** Infinity where the writer did not know it. */
  readonly size: number;
}

/** A number of one to eight bytes whose leading zeros say how many; undefined where there is none. */
function vint(
  view: DataView,
  at: number,
  keepMarker: boolean,
): { value: number; length: number } | undefined {
  if (at >= view.byteLength) return undefined;
  const first = view.getUint8(at);
  const length = Math.clz32(first) - 23;
  if (length > 8 || at + length > view.byteLength) return undefined;
  let value = keepMarker ? first : first & (0xff >> length);
  let isUnknown = (first | (0xff << (8 - length))) % 256 === 255;
  for (let i = 1; i < length; i++) {
    const byte = view.getUint8(at + i);
    value = value * 256 + byte;
    if (byte !== 255) isUnknown = false;
  }
  return { value: !keepMarker && isUnknown ? Infinity : value, length };
}

async function elementAt(readAt: ReadAt, at: number): Promise<Element | undefined> {
  const head = await readAt(at, 12);
  const id = vint(head, 0, true);
  const size = id && vint(head, id.length, false);
  return id && size ? { id: id.value, body: at + id.length + size.length, size: size.value } : undefined;
}

/** Whether a SeekHead names an element: the identifier stands in it as bytes. */
async function names(readAt: ReadAt, { body, size }: Element, id: number): Promise<boolean> {
  const view = await readAt(body, Math.min(size, 1 << 16));
  for (let at = 0; at + 4 <= view.byteLength; at++) if (view.getUint32(at) === id) return true;
  return false;
}

/** Elements that are gone through in search of the end: blocks of a day of recording. */
const MOST_BLOCKS = 5_000_000;

/**
 * Whether a segment of unknown size, as of a recording that was never finished, ends within an element, or is not to be
 * understood before its end.
 */
async function endsWithin(readAt: ReadAt, begin: number, fileSize: number): Promise<boolean> {
  let at = begin;
  for (let count = 0; at < fileSize && count < MOST_BLOCKS; count++) {
    const element = await elementAt(readAt, at);
    if (!element) return true;
    // The children of what has no size lie in a row with it.
    at = Number.isFinite(element.size) ? element.body + element.size : element.body;
  }
  return at > fileSize;
}

/** How a mkv or webm can be read, from its segment's size and whether it has an index (cues). */
export async function matroskaStructure(readAt: ReadAt, fileSize: number): Promise<Structure> {
  const head = await elementAt(readAt, 0);
  const segment = head && (await elementAt(readAt, head.body + head.size));
  if (segment?.id !== SEGMENT) return { hasPlainIndex: false, hasPlainSound: true, isCutOff: false };
  const isCutOff = Number.isFinite(segment.size)
    ? segment.body + segment.size > fileSize
    : await endsWithin(readAt, segment.body, fileSize);
  let at = segment.body;
  for (let count = 0; count < MOST_ELEMENTS; count++) {
    const element = await elementAt(readAt, at);
    if (!element || element.id === CLUSTER || !Number.isFinite(element.size)) break;
    const isIndexed =
      element.id === CUES || (element.id === SEEK_HEAD && (await names(readAt, element, CUES)));
    if (isIndexed)
      return { hasPlainIndex: Number.isFinite(segment.size) && !isCutOff, hasPlainSound: true, isCutOff };
    at = element.body + element.size;
  }
  return { hasPlainIndex: false, hasPlainSound: true, isCutOff };
}
