/** EXIF's tag ImageDescription and its type ASCII (EXIF 2.32, 4.6.4; TIFF 6.0). */
const IMAGE_DESCRIPTION = 0x010e;
const ASCII = 2;

/** The ImageDescription of an EXIF block (with or without the `Exif\0\0` before it); null where there is none. */
export function imageDescription(exif: Uint8Array): string | null {
  const bytes = Buffer.from(exif.buffer, exif.byteOffset, exif.byteLength);
  const tiff = bytes.toString("latin1", 0, 4) === "Exif" ? bytes.subarray(6) : bytes;
  try {
    const little = tiff.toString("latin1", 0, 2) === "II";
    const u16 = (at: number) => (little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
    const u32 = (at: number) => (little ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at));
    const directory = u32(4);
    for (let i = 0, at = directory + 2; i < u16(directory); i++, at += 12) {
      if (u16(at) !== IMAGE_DESCRIPTION || u16(at + 2) !== ASCII) continue;
      const length = u32(at + 4);
      const begin = length <= 4 ? at + 8 : u32(at + 8);
      return tiff.toString("latin1", begin, begin + length).replace(/\0.*$/s, "");
    }
  } catch (error) {
    // Offsets that point outside: a damaged block, which is as good as none.
    if (!(error instanceof RangeError)) throw error;
  }
  return null;
}
