import { type FileHandle, open } from "node:fs/promises";
import { type ReadAt, type Structure, UNKNOWN_STRUCTURE } from "./bytes.ts";
import { matroskaStructure } from "./matroska-structure.ts";
import { mp4Structure } from "./mp4-structure.ts";

/** Types of boxes that an mp4 or mov begins with. */
const FIRST_BOXES = new Set(["ftyp", "moov", "mdat", "free", "skip", "wide", "pnot", "styp", "moof", "sidx"]);
const EBML = 0x1a45dfa3;
const TS_PACKET = 188;
/** Bytes fetched at a time: headers are many small fields side by side. */
const WINDOW = 4096;

/** Reads a file by offset, with the last few kilobytes kept. */
function windowed(file: FileHandle, size: number): ReadAt {
  let kept = { at: 0, bytes: new Uint8Array(0) };
  return async (at, length) => {
    const wanted = Math.max(0, Math.min(length, size - at));
    if (at < kept.at || at + wanted > kept.at + kept.bytes.length) {
      const bytes = new Uint8Array(Math.max(wanted, Math.min(WINDOW, size - at)));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, at);
      kept = { at, bytes: bytes.subarray(0, bytesRead) };
    }
    const { buffer, byteOffset, length: held } = kept.bytes;
    const begin = at - kept.at;
    return new DataView(buffer, byteOffset + begin, Math.max(0, Math.min(wanted, held - begin)));
  };
}

/** Reads what a video file's headers say of how it can be read. */
export async function videoStructure(path: string): Promise<Structure> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const readAt = windowed(file, size);
    const head = await readAt(0, TS_PACKET + 1);
    if (head.byteLength < 8) return UNKNOWN_STRUCTURE;
    if (head.getUint32(0) === EBML) return await matroskaStructure(readAt, size);
    const type = String.fromCharCode(...[4, 5, 6, 7].map((i) => head.getUint8(i)));
    if (FIRST_BOXES.has(type)) return await mp4Structure(readAt, size);
    const isTransport =
      head.getUint8(0) === 0x47 && head.byteLength > TS_PACKET && head.getUint8(TS_PACKET) === 0x47;
    return isTransport ? { ...UNKNOWN_STRUCTURE, isCutOff: size % TS_PACKET !== 0 } : UNKNOWN_STRUCTURE;
  } finally {
    await file.close();
  }
}
