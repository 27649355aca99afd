import { readFile, writeFile } from "node:fs/promises";
import { FateZeroError } from "../errors.ts";
import { toUint8 } from "./frame.ts";
import type { Frame } from "./types.ts";

async function loadSharp() {
  return (await import("sharp")).default;
}

function imageUnreadable(path: string, cause: unknown): FateZeroError {
  return new FateZeroError(
    "image-unreadable",
    `"${path}" is not an image that can be read: ${cause instanceof Error ? cause.message : String(cause)}.`,
    "Replace it by a complete png, jpeg or webp file, or take it out of the folder.",
    { cause },
  );
}

/** Reads an image as 8-bit sRGB, turned upright by its EXIF orientation, alpha dropped. */
export async function readImage(path: string): Promise<Frame & { readonly data: Uint8Array }> {
  try {
    const sharp = await loadSharp();
    // From memory: given a path, libvips caches by name and would return a file that has been replaced meanwhile.
    const { data, info } = await sharp(await readFile(path))
      .autoOrient()
      .toColourspace("srgb")
      .removeAlpha()
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    return {
      width: info.width,
      height: info.height,
      data: new Uint8Array(data.buffer, data.byteOffset, data.length),
    };
  } catch (cause) {
    throw imageUnreadable(path, cause);
  }
}

/** Upright size of an image in pixels, from its header. */
export async function imageSize(path: string): Promise<{ width: number; height: number }> {
  try {
    const sharp = await loadSharp();
    const { autoOrient } = await sharp(await readFile(path)).metadata();
    return { width: autoOrient.width, height: autoOrient.height };
  } catch (cause) {
    throw imageUnreadable(path, cause);
  }
}

/** Writes a frame as png (8 bits, lossless). Errors of the file system pass through. */
export async function writePng(path: string, frame: Frame): Promise<void> {
  const { width, height, data } = toUint8(frame);
  const sharp = await loadSharp();
  const png = await sharp(data, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 6 })
    .toBuffer();
  await writeFile(path, png);
}
