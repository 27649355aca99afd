import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { toyFrames } from "../../test/fixtures/video/toy-clip.ts";
import { isCutOffGif, readComment, withComment } from "./gif-blocks.ts";
import { imageOf } from "./images.node.ts";

const gif = await (await imageOf(toyFrames(3))).gif().toBuffer();
const ascii = fc.string({ unit: "binary-ascii", maxLength: 1200 });

describe("gif comments", () => {
  it("come back, however long, and leave the pictures alone", async () => {
    await fc.assert(
      fc.asyncProperty(ascii, async (text) => {
        expect(readComment(withComment(gif, text))).toBe(text);
      }),
    );
    const raw = (bytes: Uint8Array) => sharp(bytes, { pages: -1 }).raw().toBuffer();
    expect(await raw(withComment(gif, "x".repeat(700)))).toEqual(await raw(gif));
  });

  it("are found behind pictures, and not where there are none", () => {
    expect(readComment(gif)).toBeNull();
    const block = Buffer.from([0x21, 0xfe, 2, 104, 105, 0, 0x3b]);
    expect(readComment(Buffer.concat([gif.subarray(0, -1), block]))).toBe("hi");
  });

  it("never fail on damaged files", () => {
    fc.assert(
      fc.property(fc.nat(gif.length), fc.uint8Array({ maxLength: 40 }), (at, bytes) => {
        const damaged = Buffer.from(gif);
        damaged.set(bytes.subarray(0, gif.length - at), at);
        readComment(damaged);
        isCutOffGif(damaged);
      }),
    );
  });
});

describe("isCutOffGif", () => {
  it("tells a whole gif, with trailer or without, from one that is cut anywhere", () => {
    expect(isCutOffGif(gif)).toBe(false);
    expect(isCutOffGif(gif.subarray(0, -1))).toBe(false);
    const cut = Array.from({ length: 50 }, (_, i) => gif.subarray(0, gif.length - 2 - i));
    expect(cut.every(isCutOffGif)).toBe(true);
  });

  it("says nothing of other files", () => {
    expect(isCutOffGif(Buffer.from("\x89PNG"))).toBe(false);
  });
});
