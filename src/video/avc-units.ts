/** H.264 as containers hold it: units with their length in front (ISO/IEC 14496-15, 5.3.2). */

/** Types of units (ITU-T H.264, table 7-1). */
const SEQUENCE_PARAMETERS = 7;
const PICTURE_PARAMETERS = 8;
/** Bytes of a unit's length. */
const LENGTH = 4;

interface Unit {
  readonly type: number;
  /** Without the length. */
  readonly data: Uint8Array;
}

function* unitsOf(packet: Uint8Array): Generator<Unit, void, undefined> {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  for (let at = 0; at + LENGTH < packet.length; ) {
    const begin = at + LENGTH;
    at = begin + view.getUint32(at);
    yield { type: packet[begin]! & 31, data: packet.subarray(begin, at) };
  }
}

const isParameterSet = ({ type }: Unit): boolean =>
  type === SEQUENCE_PARAMETERS || type === PICTURE_PARAMETERS;

/** A packet without the parameter sets, which a container holds once for all. */
export function withoutParameterSets(packet: Uint8Array): Uint8Array {
  const units = [...unitsOf(packet)].filter((unit) => !isParameterSet(unit));
  const result = new Uint8Array(units.reduce((sum, { data }) => sum + LENGTH + data.length, 0));
  const view = new DataView(result.buffer);
  let at = 0;
  for (const { data } of units) {
    view.setUint32(at, data.length);
    result.set(data, at + LENGTH);
    at += LENGTH + data.length;
  }
  return result;
}

/** What a container says of 8-bit 4:2:0 in the High profile: `avcC` (5.3.3.1.2), and the codec's name (RFC 6381). */
export function avcConfigOf(packet: Uint8Array): {
  readonly codec: string;
  readonly description: Uint8Array;
} {
  const of = (wanted: number): Uint8Array => {
    const found = [...unitsOf(packet)].find(({ type }) => type === wanted);
    if (!found) throw new Error("H.264 without its parameter sets.");
    return found.data;
  };
  const sequence = of(SEQUENCE_PARAMETERS);
  const picture = of(PICTURE_PARAMETERS);
  const profile = sequence.subarray(1, 4);
  const size = ({ length }: Uint8Array) => [length >> 8, length & 255];
  const lengthSize = 0xfc | (LENGTH - 1);
  const [oneSequence, onePicture] = [0xe1, 1];
  // Chroma format 4:2:0, bit depths 8 and 8, no extensions of the sequence's parameters.
  const high = profile[0] === 100 ? [0xfd, 0xf8, 0xf8, 0] : [];
  return {
    codec: `avc1.${Buffer.from(profile).toString("hex")}`,
    description: Uint8Array.from([
      ...[1, ...profile, lengthSize],
      ...[oneSequence, ...size(sequence), ...sequence],
      ...[onePicture, ...size(picture), ...picture],
      ...high,
    ]),
  };
}
