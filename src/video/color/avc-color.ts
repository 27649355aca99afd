/**
 * Writes colour tags into H.264's own header. The encoder leaves them out and mp4's `colr` box has them, but some
 * players (Firefox among them) look at the stream only and would show an untagged small video in BT.601.
 * Syntax: ITU-T H.264 7.3.2.1.1 (sequence parameter set) and E.1.1 (VUI).
 */

/** bt709 in H.264's tables E-3, E-4 and E-5. */
const BT709 = 1;
/** `video_format` "unspecified". */
const UNSPECIFIED = 5;
/** Profiles whose parameter set describes the chroma format. */
const HIGH_PROFILES = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);

/** Reads big-endian bits and Exp-Golomb numbers (7.2, 9.1). */
function bitReader(bits: readonly number[]) {
  let at = 0;
  const read = (count: number) => {
    let value = 0;
    for (let i = 0; i < count; i++) value = value * 2 + (bits[at++] ?? 0);
    return value;
  };
  const readUe = () => {
    let zeros = 0;
    while (at < bits.length && read(1) === 0) zeros++;
    return 2 ** zeros - 1 + read(zeros);
  };
  return { read, readUe, position: () => at };
}

/** Bit index of `video_signal_type_present_flag`, or undefined when the set has no VUI or too unusual a form. */
function signalFlagPosition(bits: readonly number[]): number | undefined {
  const { read, readUe, position } = bitReader(bits);
  read(8);
  const profile = read(8);
  read(16);
  readUe();
  if (HIGH_PROFILES.has(profile)) {
    if (readUe() === 3) read(1);
    readUe();
    readUe();
    read(1);
    if (read(1)) return undefined;
  }
  readUe();
  const orderType = readUe();
  if (orderType === 0) readUe();
  if (orderType === 1) return undefined;
  readUe();
  read(1);
  readUe();
  readUe();
  if (!read(1)) read(1);
  read(1);
  if (read(1)) for (let i = 0; i < 4; i++) readUe();
  if (!read(1)) return undefined;
  if (read(1) && read(8) === 255) read(32);
  if (read(1)) read(1);
  return position();
}

function toBits(bytes: readonly number[]): number[] {
  return bytes.flatMap((byte) => [7, 6, 5, 4, 3, 2, 1, 0].map((shift) => (byte >> shift) & 1));
}

function fromBits(bits: readonly number[]): number[] {
  return Array.from({ length: Math.ceil(bits.length / 8) }, (_, i) =>
    [0, 1, 2, 3, 4, 5, 6, 7].reduce((byte, k) => byte * 2 + (bits[i * 8 + k] ?? 0), 0),
  );
}

/** Removes the bytes 3 that keep start codes out of a NAL unit (7.4.1.1). */
function removeEscapes(nal: Uint8Array): number[] {
  return [...nal].filter((byte, i) => !(byte === 3 && nal[i - 1] === 0 && nal[i - 2] === 0));
}

function addEscapes(bytes: readonly number[]): number[] {
  const out: number[] = [];
  for (const byte of bytes) {
    if (byte <= 3 && out.length > 1 && out.at(-1) === 0 && out.at(-2) === 0) out.push(3);
    out.push(byte);
  }
  return out;
}

/** A sequence parameter set with the tags bt709, limited range; unchanged when it has tags or no VUI. */
function tagSps(nal: Uint8Array): Uint8Array {
  const bits = toBits(removeEscapes(nal));
  const at = signalFlagPosition(bits);
  if (at === undefined || bits[at] !== 0) return nal;
  // The payload ends with a stop bit and zeros up to the byte: cut them, insert, and close again.
  const payload = bits.slice(0, bits.lastIndexOf(1));
  const tags = [1, ...toBits([UNSPECIFIED]).slice(5), 0, 1, ...toBits([BT709, BT709, BT709])];
  payload.splice(at, 1, ...tags);
  return Uint8Array.from(addEscapes(fromBits([...payload, 1])));
}

/**
 * An AVCDecoderConfigurationRecord (ISO/IEC 14496-15 5.3.3.1: mp4's `avcC`) whose parameter sets say bt709, limited
 * range.
 */
export function tagAvcConfig(record: Uint8Array): Uint8Array {
  const out = [...record.subarray(0, 6)];
  let at = 6;
  for (let i = record[5]! & 31; i > 0; i--) {
    const length = record[at]! * 256 + record[at + 1]!;
    const sps = tagSps(record.subarray(at + 2, at + 2 + length));
    out.push(sps.length >> 8, sps.length & 255, ...sps);
    at += 2 + length;
  }
  return Uint8Array.from([...out, ...record.subarray(at)]);
}
