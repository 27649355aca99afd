import { crc32 } from "node:zlib";
import { pngChunks } from "../apng-chunks.ts";

/** A chunk of a png: length, name, data and checksum. */
function chunk(name: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(name, "latin1"), data]);
  const bytes = Buffer.alloc(8 + body.length);
  bytes.writeUInt32BE(data.length);
  body.copy(bytes, 4);
  bytes.writeUInt32BE(crc32(body), 4 + body.length);
  return bytes;
}

/** What a frame is (PNG specification, 3rd edition, 11.3.5.3.3): the whole picture, in place of the one before. */
function frameControl(number: number, width: number, height: number, milliseconds: number): Buffer {
  const data = Buffer.alloc(26);
  for (const [i, value] of [number, width, height].entries()) data.writeUInt32BE(value, i * 4);
  data.writeUInt16BE(Math.min(milliseconds, 65535), 20);
  data.writeUInt16BE(1000, 22);
  return chunk("fcTL", data);
}

/**
 * Makes an animated png that plays for ever of pngs of one size and colour type, each shown for so many milliseconds.
 * What stands before the first one's picture (its size, its description) becomes the animation's.
 */
export function animatePngs(pictures: readonly Uint8Array[], delays: readonly number[]): Uint8Array {
  if (pictures.length === 1) return pictures[0]!;
  const first = pictures[0]!;
  const head = Buffer.from(first.buffer, first.byteOffset, first.byteLength);
  const [width, height] = [head.readUInt32BE(16), head.readUInt32BE(20)];
  const data = [...pngChunks(first)].findIndex(({ name }) => name === "IDAT");
  const before = [...pngChunks(first)].slice(0, data);
  const control = Buffer.alloc(8);
  control.writeUInt32BE(pictures.length);
  const parts: Uint8Array[] = [
    first.subarray(0, 8),
    ...before.map(({ at, length }) => first.subarray(at - 8, at + length + 4)),
    chunk("acTL", control),
  ];
  let number = 0;
  for (const [i, picture] of pictures.entries()) {
    parts.push(frameControl(number++, width, height, delays[i]!));
    for (const { name, at, length } of pngChunks(picture)) {
      if (name !== "IDAT") continue;
      const bytes = picture.subarray(at, at + length);
      const sequence = Buffer.alloc(4);
      if (i > 0) sequence.writeUInt32BE(number++);
      parts.push(i === 0 ? chunk("IDAT", bytes) : chunk("fdAT", Buffer.concat([sequence, bytes])));
    }
  }
  return Buffer.concat([...parts, chunk("IEND", Buffer.alloc(0))]);
}
