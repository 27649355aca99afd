import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { psnr, toyFrame } from "../../../test/fixtures/video/toy-clip.ts";
import { probeVideo, readMetadata, readVideo } from "../index.node.ts";
import type { VideoWarning } from "../index.ts";

let dir: string;
const { data, width, height } = toyFrame(3, 160, 120);
const picture = () => sharp(data, { raw: { width, height, channels: 3 } });

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "fatezero-damaged-"));
});
afterAll(async () => {
  await rm(dir, { recursive: true });
});

async function read(name: string, bytes: Uint8Array | string) {
  const path = join(dir, name);
  await writeFile(path, bytes);
  const warnings: VideoWarning[] = [];
  const { frames } = await readVideo(path, { onWarning: (warning) => warnings.push(warning) });
  return { path, frame: frames[0]!, warnings: warnings.map(({ code, message }) => `${code}: ${message}`) };
}

/** A PNG with a chunk of text whose checksum is wrong. */
function withBadText(png: Buffer): Buffer {
  const chunk = Buffer.from("\0\0\0\x04tEXtab\0cXXXX", "latin1");
  return Buffer.concat([png.subarray(0, 33), chunk, png.subarray(33)]);
}

describe("a picture that its decoder complains of is read, with a warning that says what", () => {
  it("a photograph with stray bytes before a marker", async () => {
    const fixture = fileURLToPath(
      new URL("../../../test/fixtures/video/pictures/stray-bytes.jpg", import.meta.url),
    );
    const { path, frame, warnings } = await read("stray.jpg", await readFile(fixture));
    expect([frame.width, frame.height]).toEqual([200, 200]);
    expect(warnings).toEqual([
      `image-damaged: "${path}" was read, but its decoder says: Corrupt JPEG data: 16 extraneous bytes before marker 0xe1.`,
    ]);
  });

  it("a png with a bad checksum in a chunk of text", async () => {
    const { frame, warnings } = await read("text.png", withBadText(await picture().png().toBuffer()));
    expect(frame.data).toEqual(data);
    expect(warnings).toEqual([
      expect.stringMatching(/text\.png" was read, but its decoder says: tEXt: CRC error\.$/),
    ]);
  });

  it("a jpeg with a byte changed in its data", async () => {
    const bytes = await picture().jpeg().toBuffer();
    bytes[bytes.length - 300] = 0xff;
    bytes[bytes.length - 299] = 0x31;
    const { warnings } = await read("byte.jpg", bytes);
    expect(warnings).toEqual([
      expect.stringMatching(/byte\.jpg" was read, but its decoder says: Corrupt JPEG data/),
    ]);
  });

  it.each(["jpeg", "png"] as const)("a %s without its last bytes", async (format) => {
    const bytes = await picture()[format]().toBuffer();
    const end = format === "jpeg" ? 2 : 16;
    const { frame, warnings } = await read(`end.${format}`, bytes.subarray(0, bytes.length - end));
    expect(psnr(frame.data, data)).toBeGreaterThan(28);
    expect(warnings).toEqual([expect.stringContaining(`end.${format}" was read, but its decoder says: `)]);
  });

  it.each([
    ["jpeg", false, 0.9],
    ["jpeg", true, 0.9],
    ["png", false, 0.9],
  ] as const)("a %s (progressive: %s) of which %s is there", async (format, progressive, share) => {
    // Unfiltered, a png's rows are of like length.
    const options = format === "png" ? { compressionLevel: 0 } : { progressive };
    const bytes = await picture()[format](options).toBuffer();
    const { frame, warnings } = await read(`tenth.${format}`, bytes.subarray(0, bytes.length * share));
    const half = (width * height * 3) / 2;
    expect(psnr(frame.data.subarray(0, half), data.subarray(0, half))).toBeGreaterThan(28);
    expect(warnings).toEqual([
      expect.stringMatching(
        progressive
          ? /was read, but its decoder says: premature end of JPEG image\.$/
          : /was read, but its decoder says: [^;]*; its last \d+ rows of 120 are missing\.$/,
      ),
    ]);
  });

  it("but not if much of it is missing", async () => {
    const bytes = await picture().jpeg().toBuffer();
    await expect(read("half.jpg", bytes.subarray(0, bytes.length / 2))).rejects.toMatchObject({
      code: "image-unreadable",
      message: expect.stringMatching(
        /half\.jpg" is not an image .*: it is cut off: of 120 rows the last \d\d are missing\./,
      ),
    });
  });

  it("nothing is said of what follows a whole picture", async () => {
    const bytes = Buffer.concat([await picture().jpeg().toBuffer(), Buffer.alloc(50, 7)]);
    expect((await read("more.jpg", bytes)).warnings).toEqual([]);
  });
});

describe("a picture of a kind that is not read is refused in one line", () => {
  const cases: readonly (readonly [name: string, bytes: string, kind: string])[] = [
    ["phone.heic", "\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a HEIC picture"],
    ["renamed.jpg", "\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "a HEIC picture"],
    ["empty.heic", "", "a HEIC picture"],
    ["scan.pdf", "%PDF-1.7", "a PDF document"],
    ["art.psd", "8BPS\0\x01", "a Photoshop file"],
    ["logo.svg", '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG drawing"],
    ["svg.png", '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', "an SVG drawing"],
    ["photo.jxl", "\xff\x0a123", "a JPEG XL picture"],
    ["box.jxl", "\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL picture"],
    ["photo.dng", "II*\0\x08\0\0\0", "a camera's raw picture"],
    ["photo.CR2", "II*\0\x10\0\0\0CR\x02\0", "a camera's raw picture"],
    ["photo.jp2", "\0\0\0\x0cjP  \r\n\x87\n", "a JPEG 2000 picture"],
    ["old.bmp", "BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", "a bitmap (BMP)"],
    ["old.png", "BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", "a bitmap (BMP)"],
    ["plain.ppm", "P6\n8 8\n255\n", "a portable bitmap (PPM, PGM)"],
  ];
  it.each(cases)("%s", async (name, bytes, kind) => {
    const path = join(dir, name);
    await writeFile(path, bytes, "latin1");
    for (const look of [readVideo, probeVideo, readMetadata]) {
      await expect(look(path)).rejects.toMatchObject({
        code: "image-unsupported",
        message: `"${path}" is ${kind}, a kind that is not read here. Convert it to png or jpeg first.`,
      });
    }
  });

  it("but what it holds counts more than its name", async () => {
    const { frame } = await read("really-a-jpeg.heic", await picture().jpeg().toBuffer());
    expect(psnr(frame.data, data)).toBeGreaterThan(28);
  });

  it("AVIF is read, under any name", async () => {
    const avif = await picture().avif({ quality: 90 }).toBuffer();
    // As phones and libheif write it: the general brand first, the codec's beside it.
    const general = Buffer.from(avif);
    general.write("mif1", 8, "latin1");
    for (const [name, bytes] of Object.entries({ "a.avif": avif, "b.png": avif, "c.heic": general })) {
      expect(psnr((await read(name, bytes)).frame.data, data)).toBeGreaterThan(28);
    }
  });
});
