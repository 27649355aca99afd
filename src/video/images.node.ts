import { readFile } from "node:fs/promises";
import type { Sharp } from "sharp";
import { FateZeroError } from "../errors.ts";
import { MAX_PICTURE_PIXELS } from "../limits.ts";
import type { Background } from "./background.ts";
import { mainComplaint } from "./decoder-complaints.ts";
import { foreignPicture, PICTURE_HEAD } from "./foreign-picture.ts";
import { toUint8 } from "./frame.ts";
import { isCutOffGif } from "./gif-blocks.ts";
import type { Frame } from "./types.ts";

async function loadSharp() {
  return (await import("sharp")).default;
}

export function imageUnreadable(path: string, cause: unknown): FateZeroError {
  const said = cause instanceof Error ? cause.message : String(cause);
  return new FateZeroError(
    "image-unreadable",
    `"${path}" is not an image that can be read: ${mainComplaint([said]) ?? said}.`,
    "Replace it by a complete png, jpeg or webp file, or take it out of the folder.",
    { cause },
  );
}

/** A file's first bytes as latin1 text, for `foreignPicture`. */
function headOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, PICTURE_HEAD)).toString("latin1");
}

/** Refuses a picture of a kind that is not read. Throws FateZeroError `image-unsupported`. */
export function refuseForeign(path: string, head: string): void {
  const foreign = foreignPicture(path, head);
  if (!foreign) return;
  throw new FateZeroError(
    "image-unsupported",
    `"${path}" is ${foreign.name}, a kind that is not read here.`,
    "Convert it to png or jpeg first.",
  );
}

/** What an image file's header says. */
export interface ImageHeader {
  /** Upright size of one picture in pixels. */
  readonly width: number;
  readonly height: number;
  /** More than one in an animated gif or webp. */
  readonly pages: number;
  /** How long each picture of an animation is shown, in milliseconds. */
  readonly delays: readonly number[];
  /** The EXIF block as stored; undefined where there is none. */
  readonly exif: Uint8Array | undefined;
  /** Whether the file ends within the last of these pictures, where the decoder would not say so. */
  readonly isCutOff: boolean;
}

/** Reads an image's header. Throws FateZeroError `image-unreadable`, `image-too-large`, `image-unsupported`. */
export async function imageHeader(path: string, content?: Uint8Array): Promise<ImageHeader> {
  const { bytes, header } = await (async () => {
    const sharp = await loadSharp();
    const bytes = content ?? (await readFile(path));
    refuseForeign(path, headOf(bytes));
    const lenient = { limitInputPixels: false, pages: -1, failOn: "none" } as const;
    return { bytes, header: await sharp(bytes, lenient).metadata() };
  })().catch((cause: unknown) => {
    throw cause instanceof FateZeroError ? cause : imageUnreadable(path, cause);
  });
  const pages = header.pages ?? 1;
  const height = header.pageHeight ?? header.height;
  if (header.width * height > MAX_PICTURE_PIXELS) {
    throw new FateZeroError(
      "image-too-large",
      `"${path}" has ${header.width}x${height} pixels, more than the ${Math.floor(MAX_PICTURE_PIXELS / 1e6)} million that are read.`,
      "Make it smaller first.",
    );
  }
  const isCutOff = isCutOffGif(bytes);
  if (isCutOff && pages === 1) throw imageUnreadable(path, "it is cut off");
  const size = pages > 1 ? { width: header.width, height } : header.autoOrient;
  const { delay: delays = [], exif } = header;
  return { width: size.width, height: size.height, pages, delays, exif, isCutOff };
}

/** Pictures out of one file, and what the decoder said against it. */
export interface Decoded {
  readonly frames: (Frame & { readonly data: Uint8Array })[];
  readonly complaints: readonly string[];
}

/**
 * Decodes pictures `first` to `first + count - 1` of an image as 8-bit sRGB over a background, a still one turned
 * upright by its EXIF orientation. Lenient, it takes what there is of a damaged one.
 */
export async function decodeImage(
  bytes: Uint8Array,
  background: Background,
  animation?: { readonly first: number; readonly count: number },
  isLenient = false,
): Promise<Decoded> {
  const sharp = await loadSharp();
  const reading = { limitInputPixels: false, failOn: isLenient ? "none" : "warning" } as const;
  const image = animation
    ? sharp(bytes, { ...reading, page: animation.first, pages: animation.count })
    : sharp(bytes, reading).autoOrient();
  const complaints: string[] = [];
  image.on("warning", (complaint: string) => complaints.push(complaint));
  const opaque =
    background === "none"
      ? image.removeAlpha()
      : image.flatten({ background: { r: background[0], g: background[1], b: background[2] } });
  const { data, info } = await opaque
    .toColourspace("srgb")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  const { width } = info;
  const height = info.height / (animation?.count ?? 1);
  const length = width * height * 3;
  const frames = Array.from({ length: animation?.count ?? 1 }, (_, page) => ({
    width,
    height,
    data: new Uint8Array(data.buffer, data.byteOffset + page * length, length),
  }));
  return { frames, complaints };
}

/** A frame as the bytes of a png file. */
export async function encodePng(frame: Frame): Promise<Uint8Array> {
  return await (await imageOf([frame])).png({ compressionLevel: 6 }).toBuffer();
}

/** A frame as the bytes of a webp file, 100 the best. */
export async function encodeWebp(frame: Frame, quality: number): Promise<Uint8Array> {
  return await (await imageOf([frame])).webp({ quality, smartSubsample: true }).toBuffer();
}

/**
 * The frames, all of one size, as one image for sharp to write: a picture, or an animation's pages below each other.
 * `description` goes into EXIF's ImageDescription (ASCII).
 */
export async function imageOf(frames: readonly Frame[], description?: string): Promise<Sharp> {
  const sharp = await loadSharp();
  const { width, height } = frames[0]!;
  const data = new Uint8Array(width * height * 3 * frames.length);
  for (const [i, frame] of frames.entries()) data.set(toUint8(frame).data, i * width * height * 3);
  const pageHeight = frames.length > 1 ? { pageHeight: height } : {};
  const image = sharp(data, {
    raw: { width, height: height * frames.length, channels: 3, ...pageHeight },
    limitInputPixels: false,
  });
  return description === undefined ? image : image.withExif({ IFD0: { ImageDescription: description } });
}
