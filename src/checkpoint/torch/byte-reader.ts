/** Bytes and a place in them. */
export interface ByteReader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  position: number;
}

/** Thrown where a pickle goes on past the bytes that are there: more must be read, or the file is cut off. */
export class PickleCut extends Error {
  override name = "PickleCut";
}

export function byteReader({ buffer, byteOffset, byteLength }: Uint8Array): ByteReader {
  // Never a Buffer, whose `slice` does not copy.
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  return { bytes, view: new DataView(buffer, byteOffset, byteLength), position: 0 };
}

/** The place of the next `length` bytes, which are then behind. */
function advance(reader: ByteReader, length: number): number {
  const { position } = reader;
  if (length > reader.bytes.length - position) throw new PickleCut();
  reader.position = position + length;
  return position;
}

/** The next `length` bytes, not copied. */
export function take(reader: ByteReader, length: number): Uint8Array {
  const start = advance(reader, length);
  return reader.bytes.subarray(start, start + length);
}

export function uint8(reader: ByteReader): number {
  return reader.view.getUint8(advance(reader, 1));
}

export function uint16(reader: ByteReader): number {
  return reader.view.getUint16(advance(reader, 2), true);
}

export function uint32(reader: ByteReader): number {
  return reader.view.getUint32(advance(reader, 4), true);
}

export function int32(reader: ByteReader): number {
  return reader.view.getInt32(advance(reader, 4), true);
}

/** Rounded where it is past 2^53: good for comparing with a limit. */
export function uint64(reader: ByteReader): number {
  return Number(reader.view.getBigUint64(advance(reader, 8), true));
}

/** Pickle keeps floats big-endian. */
export function float64(reader: ByteReader): number {
  return reader.view.getFloat64(advance(reader, 8));
}

/** Text up to the next line feed, which is left out. */
export function line(reader: ByteReader): string {
  const end = reader.bytes.indexOf(0x0a, reader.position);
  if (end < 0) throw new PickleCut();
  const text = take(reader, end - reader.position);
  reader.position = end + 1;
  return new TextDecoder().decode(text);
}
