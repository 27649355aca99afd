import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader } from "yauzl";
import { FateZeroError } from "../../errors.ts";
import { MAX_ARCHIVE_ENTRIES } from "../../limits.ts";
import { corrupt, printable, quoted, tooLarge, unsupported } from "./faults.ts";
import { type OpenFile, readPart } from "./file.node.ts";
import type { StoragePlace } from "./values.ts";

/** A file in a zip archive. */
export interface ArchiveEntry {
  readonly name: string;
  /** Bytes that it claims to have, unpacked. */
  readonly bytes: number;
  readonly place: StoragePlace;
}

const WINDOW_BYTES = 2 ** 15;

/** What yauzl reads by: keeps the last window, and never reaches out of the file, whatever offsets the archive names. */
class WindowReader extends RandomAccessReader {
  readonly open: OpenFile;
  window: Buffer = Buffer.alloc(0);
  start = 0;

  constructor(open: OpenFile) {
    super();
    this.open = open;
  }

  override read(
    target: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    this.fill(position, length).then(
      (bytes) => callback(null, bytes.copy(target, offset)),
      (error: Error) => callback(error),
    );
  }

  async fill(position: number, length: number): Promise<Buffer> {
    if (!(position >= 0 && position + length <= this.open.size)) throw new Error("it points past its end");
    if (position < this.start || position + length > this.start + this.window.length) {
      this.window = await readPart(this.open, position, Math.max(length, WINDOW_BYTES));
      this.start = position;
    }
    return this.window.subarray(position - this.start, position - this.start + length);
  }
}

function check({ file }: OpenFile, entry: Entry): void {
  const name = quoted(entry.fileName);
  if (entry.isEncrypted()) throw unsupported(file, `has the encrypted entry ${name}`);
  if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8) {
    throw unsupported(file, `has the entry ${name} in compression method ${entry.compressionMethod}`);
  }
}

/** No entry may lie over another: the same bytes twice is how a small archive unpacks to a huge one. */
function refuseOverlaps(file: string, entries: readonly (ArchiveEntry & { header: number })[]): void {
  let end = 0;
  let previous = "";
  for (const { name, header, place } of [...entries].sort((a, b) => a.header - b.header)) {
    if (header < end) throw corrupt(file, `its entry ${quoted(name)} overlaps ${quoted(previous)}`);
    end = place.offset + place.length;
    previous = name;
  }
}

/**
 * The entries of a zip archive by name, each with the place of its bytes. yauzl refuses names that lead out of the
 * archive's folder. Nothing is unpacked.
 */
export async function listArchive(open: OpenFile): Promise<ReadonlyMap<string, ArchiveEntry>> {
  const { file } = open;
  const listed: (ArchiveEntry & { header: number })[] = [];
  const entries = new Map<string, ArchiveEntry>();
  try {
    const zip = await fromRandomAccessReaderPromise(new WindowReader(open), open.size, { autoClose: false });
    if (zip.entryCount > MAX_ARCHIVE_ENTRIES) throw tooLarge(file, `has ${zip.entryCount} entries`);
    const found: Entry[] = [];
    for await (const entry of zip.eachEntry()) found.push(entry);
    for (const entry of found) {
      check(open, entry);
      const { fileDataStart: offset } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
      const deflated = entry.compressionMethod === 8;
      const place = { file, offset, length: entry.compressedSize, deflated };
      const { fileName: name, uncompressedSize: bytes, relativeOffsetOfLocalHeader: header } = entry;
      if (entries.has(name)) throw corrupt(file, `it has two entries ${quoted(name)}`);
      entries.set(name, { name, bytes, place });
      listed.push({ name, bytes, place, header });
    }
  } catch (cause) {
    if (cause instanceof FateZeroError) throw cause;
    const message = cause instanceof Error ? cause.message.replace(/\.$/, "") : String(cause);
    throw corrupt(file, printable(message), { cause });
  }
  refuseOverlaps(file, listed);
  return entries;
}
