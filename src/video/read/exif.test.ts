import fc from "fast-check";
import sharp from "sharp";
import { expect, it } from "vitest";
import { imageDescription } from "./exif.ts";

/** An EXIF block of one text entry, big-endian. */
function bigEndian(tag: number, text: string): Buffer {
  const block = Buffer.alloc(26 + text.length + 1);
  block.write("MM\0*", 0, "latin1");
  block.writeUInt32BE(8, 4);
  block.writeUInt16BE(1, 8);
  block.writeUInt16BE(tag, 10);
  block.writeUInt16BE(2, 12);
  block.writeUInt32BE(text.length + 1, 14);
  block.writeUInt32BE(26, 18);
  block.write(text, 26, "latin1");
  return block;
}

it("reads a description in either byte order, with and without the prefix", async () => {
  expect(imageDescription(bigEndian(0x010e, "a red car"))).toBe("a red car");
  const image = sharp({ create: { width: 4, height: 4, channels: 3, background: "red" } });
  const jpeg = await image
    .withExif({ IFD0: { ImageDescription: "abc", Software: "x" } })
    .jpeg()
    .toBuffer();
  const { exif } = await sharp(jpeg).metadata();
  expect(imageDescription(exif!)).toBe("abc");
});

it("gives null where there is none", () => {
  expect(imageDescription(bigEndian(0x0131, "software"))).toBeNull();
  expect(imageDescription(new Uint8Array())).toBeNull();
});

it("never fails on damaged blocks", () => {
  const block = bigEndian(0x010e, "a red car");
  fc.assert(
    fc.property(fc.nat(block.length - 1), fc.uint8Array({ maxLength: 12 }), (at, bytes) => {
      const damaged = Buffer.from(block);
      damaged.set(bytes.subarray(0, block.length - at), at);
      imageDescription(damaged);
      imageDescription(damaged.subarray(0, at));
    }),
  );
});
