import { crc32 } from "node:zlib";

/** One entry of an archive, in whatever form, true or not. */
export interface EntryToWrite {
  readonly name: string;
  /** Its bytes as they lie in the archive. */
  readonly content: Uint8Array;
  /** 0 stored, 8 deflated. @default 0 */
  readonly method?: number;
  /** Size that it claims to have once unpacked. @default that of its content */
  readonly bytes?: number;
  /** Size that it claims to have in the archive. @default that of its content */
  readonly packedBytes?: number;
  /** General purpose flags: 1 is encrypted. @default 0 */
  readonly flags?: number;
  /** Its content begins at a multiple of this, as PyTorch pads it. @default 1 */
  readonly align?: number;
  /** Points at the header of the entry of that number instead of its own. */
  readonly headerOf?: number;
}

function localHeader(entry: EntryToWrite, at: number): Buffer {
  const {
    name,
    content,
    method = 0,
    bytes = content.length,
    packedBytes = content.length,
    flags = 0,
  } = entry;
  const begin = at + 30 + Buffer.byteLength(name) + 4;
  const padding = (entry.align ?? 1) - 1 - ((begin - 1) % (entry.align ?? 1));
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(flags, 6);
  header.writeUInt16LE(method, 8);
  header.writeUInt32LE(crc32(content), 14);
  header.writeUInt32LE(packedBytes, 18);
  header.writeUInt32LE(bytes, 22);
  header.writeUInt16LE(Buffer.byteLength(name), 26);
  header.writeUInt16LE(4 + padding, 28);
  const extra = Buffer.alloc(4 + padding, "Z");
  extra.write("FB");
  extra.writeUInt16LE(padding, 2);
  return Buffer.concat([header, Buffer.from(name), extra]);
}

/** The directory's record; with `zip64` its numbers stand in the extra field of large archives. */
function centralHeader(entry: EntryToWrite, header: number, zip64: boolean): Buffer {
  const {
    name,
    content,
    method = 0,
    bytes = content.length,
    packedBytes = content.length,
    flags = 0,
  } = entry;
  const fixed = Buffer.alloc(46);
  fixed.writeUInt32LE(0x02014b50, 0);
  fixed.writeUInt16LE(flags, 8);
  fixed.writeUInt16LE(method, 10);
  fixed.writeUInt32LE(crc32(content), 16);
  fixed.writeUInt32LE(zip64 ? 0xffffffff : packedBytes, 20);
  fixed.writeUInt32LE(zip64 ? 0xffffffff : bytes, 24);
  fixed.writeUInt16LE(Buffer.byteLength(name), 28);
  fixed.writeUInt16LE(zip64 ? 28 : 0, 30);
  fixed.writeUInt32LE(zip64 ? 0xffffffff : header, 42);
  const extra = Buffer.alloc(zip64 ? 28 : 0);
  if (zip64) {
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(24, 2);
    for (const [i, value] of [bytes, packedBytes, header].entries())
      extra.writeBigUInt64LE(BigInt(value), 4 + 8 * i);
  }
  return Buffer.concat([fixed, Buffer.from(name), extra]);
}

function endRecords(count: number, offset: number, length: number, zip64: boolean): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(zip64 ? 0xffff : count, 8);
  end.writeUInt16LE(zip64 ? 0xffff : count, 10);
  end.writeUInt32LE(zip64 ? 0xffffffff : length, 12);
  end.writeUInt32LE(zip64 ? 0xffffffff : offset, 16);
  if (!zip64) return end;
  const record = Buffer.alloc(56 + 20);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(BigInt(count), 24);
  record.writeBigUInt64LE(BigInt(count), 32);
  record.writeBigUInt64LE(BigInt(length), 40);
  record.writeBigUInt64LE(BigInt(offset), 48);
  record.writeUInt32LE(0x07064b50, 56);
  record.writeBigUInt64LE(BigInt(offset + length), 64);
  record.writeUInt32LE(1, 72);
  return Buffer.concat([record, end]);
}

/** A zip archive of these entries. */
export function zipOf(entries: readonly EntryToWrite[], { zip64 = false } = {}): Uint8Array {
  const parts: Uint8Array[] = [];
  const headers: number[] = [];
  let at = 0;
  for (const entry of entries) {
    headers.push(at);
    const header = localHeader(entry, at);
    parts.push(header, entry.content);
    at += header.length + entry.content.length;
  }
  const central = Buffer.concat(
    entries.map((entry, i) => centralHeader(entry, headers[entry.headerOf ?? i]!, zip64)),
  );
  return Buffer.concat([...parts, central, endRecords(entries.length, at, central.length, zip64)]);
}
