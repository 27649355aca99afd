/** Boxes that hold boxes on the way to the headers with dates. */
const CONTAINERS = new Set(["moov", "trak", "mdia"]);
const DATED = new Set(["mvhd", "tkhd", "mdhd"]);

/**
 * Zeroes the creation and modification dates of an mp4 in place ("not known", ISO/IEC 14496-12 8.2.2), so that the same
 * frames give the same bytes.
 */
export function clearMp4Dates(file: Uint8Array): void {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const walk = (begin: number, end: number) => {
    for (let at = begin; at + 8 <= end; ) {
      const short = view.getUint32(at);
      const size = short === 1 ? Number(view.getBigUint64(at + 8)) : short === 0 ? end - at : short;
      const type = String.fromCharCode(...file.subarray(at + 4, at + 8));
      if (size < 8) return;
      if (CONTAINERS.has(type)) walk(at + 8, at + size);
      // Version 1 boxes have 64-bit dates.
      if (DATED.has(type)) file.fill(0, at + 12, at + 12 + (file[at + 8] === 1 ? 16 : 8));
      at += size;
    }
  };
  walk(0, file.byteLength);
}
