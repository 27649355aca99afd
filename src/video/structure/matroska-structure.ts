import { MAX_MATROSKA_BLOCKS, MAX_MATROSKA_ELEMENTS, MAX_MATROSKA_INDEX_BYTES } from "../../limits.ts";
import { type ReadAt, type Structure, UNKNOWN_STRUCTURE } from "./bytes.ts";

/** Identifiers of elements (RFC 9559). */
const SEGMENT = 0x18538067;
const CUES = 0x1c53bb6b;
const CLUSTER = 0x1f43b675;
const CUE_POINT = 0xbb;
const CUE_TRACK_POSITIONS = 0xb7;
const CUE_CLUSTER_POSITION = 0xf1;
/** What lies in a segment: heads of seeking, facts, tracks, chapters, attachments, tags, and what is there for alignment or checks. */
const IN_SEGMENT = new Set([
  ...[CUES, CLUSTER, 0x114d9b74, 0x1549a966, 0x1654ae6b, 0x1043a770, 0x1941a469, 0x1254c367],
  ...[0xec, 0xbf],
]);

interface Element {
  readonly id: number;
  readonly at: number;
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
  return id && size ? { id: id.value, at, body: at + id.length + size.length, size: size.value } : undefined;
}

/** The elements of a segment one after the other; null where one is none, has no size, or goes on behind the end. */
async function elementsOf(readAt: ReadAt, begin: number, end: number): Promise<Element[] | null> {
  const elements: Element[] = [];
  let at = begin;
  while (at < end) {
    const element = await elementAt(readAt, at);
    if (!element || !IN_SEGMENT.has(element.id) || elements.length === MAX_MATROSKA_ELEMENTS) return null;
    at = element.body + element.size;
    if (!(at <= end)) return null;
    elements.push(element);
  }
  return elements;
}

/** The children of an element that is held in memory; undefined where they do not fill it. */
function childrenIn(view: DataView): { readonly id: number; readonly content: DataView }[] | undefined {
  const children: { id: number; content: DataView }[] = [];
  let at = 0;
  while (at < view.byteLength) {
    const id = vint(view, at, true);
    const size = id && vint(view, at + id.length, false);
    if (!id || !size) return undefined;
    const body = at + id.length + size.length;
    if (!(body + size.value <= view.byteLength)) return undefined;
    children.push({ id: id.value, content: new DataView(view.buffer, view.byteOffset + body, size.value) });
    at = body + size.value;
  }
  return children;
}

const unsigned = (view: DataView): number =>
  Array.from({ length: view.byteLength }, (_, i) => view.getUint8(i)).reduce(
    (sum, byte) => sum * 256 + byte,
    0,
  );

/** Whether every entry of an index leads to one of the clusters, whose places count from the segment's beginning. */
async function leadsToClusters(
  readAt: ReadAt,
  cues: Element,
  clusters: ReadonlySet<number>,
): Promise<boolean> {
  if (cues.size > MAX_MATROSKA_INDEX_BYTES) return false;
  const points = childrenIn(await readAt(cues.body, cues.size));
  return (
    points?.every(({ id, content }) => {
      if (id !== CUE_POINT) return true;
      return childrenIn(content)?.every(
        (child) =>
          child.id !== CUE_TRACK_POSITIONS ||
          childrenIn(child.content)?.every(
            (place) => place.id !== CUE_CLUSTER_POSITION || clusters.has(unsigned(place.content)),
          ),
      );
    }) ?? false
  );
}

/**
 * Whether all of a segment is elements, and whether it has an index whose every entry leads to a cluster. Where not, what
 * searches it for one would not come to an end.
 */
async function soundnessOf(
  readAt: ReadAt,
  { body }: Element,
  end: number,
): Promise<{ readonly isSound: boolean; readonly hasIndex: boolean }> {
  const elements = await elementsOf(readAt, body, end);
  if (!elements) return { isSound: false, hasIndex: false };
  const cues = elements.filter(({ id }) => id === CUES);
  const clusters = new Set(elements.filter(({ id }) => id === CLUSTER).map(({ at }) => at - body));
  for (const one of cues)
    if (!(await leadsToClusters(readAt, one, clusters))) return { isSound: false, hasIndex: false };
  return { isSound: true, hasIndex: cues.length > 0 };
}

/**
 * Whether a segment of unknown size, as of a recording that was never finished, ends within an element, or is not to be
 * understood before its end.
 */
async function endsWithin(readAt: ReadAt, begin: number, fileSize: number): Promise<boolean> {
  let at = begin;
  for (let count = 0; at < fileSize && count < MAX_MATROSKA_BLOCKS; count++) {
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
  if (segment?.id !== SEGMENT) return { ...UNKNOWN_STRUCTURE, isSearchable: false };
  const isCutOff = Number.isFinite(segment.size)
    ? segment.body + segment.size > fileSize
    : await endsWithin(readAt, segment.body, fileSize);
  const end = Number.isFinite(segment.size) ? segment.body + segment.size : fileSize;
  const { isSound, hasIndex } = await soundnessOf(readAt, segment, end);
  const hasPlainIndex = hasIndex && Number.isFinite(segment.size) && !isCutOff;
  return { hasPlainIndex, hasPlainSound: isSound, isCutOff, isSearchable: isSound };
}
