import { readFile } from "node:fs/promises";
import { apngInfo } from "../apng-chunks.ts";
import { type Background, parseBackground } from "../background.ts";
import { mainComplaint } from "../decoder-complaints.ts";
import { decodeImage, imageHeader, imageUnreadable } from "../images.node.ts";
import type { Frame } from "../types.ts";

/** The largest share of a picture's rows that may be missing at its end: more would spoil whatever is made of it. */
const MOST_MISSING = 0.25;

/** How many rows at the end of a picture are of one colour: what decoders put for rows that a file lacks. */
function flatRows({ width, height, data }: Frame): number {
  const last = data.subarray(data.length - 3);
  let p = data.length - 1;
  while (p >= 0 && data[p] === last[p % 3]) p--;
  return height - Math.ceil((p + 1) / (width * 3));
}

const messageOf = (cause: unknown) => (cause instanceof Error ? cause.message : String(cause));

/** A picture, and what the decoder said against it. */
interface ReadImage {
  readonly frame: Frame & { readonly data: Uint8Array };
  readonly complaint: string | undefined;
}

/**
 * Decodes a still image, also one that its decoder complains of: damaged or cut off in its last quarter at most. Throws
 * FateZeroError `image-unreadable`.
 */
async function decode(path: string, bytes: Uint8Array, background: Background): Promise<ReadImage> {
  const strict = await decodeImage(bytes, background).catch((cause: unknown) => ({ cause }));
  if (!("cause" in strict)) return { frame: strict.frames[0]!, complaint: mainComplaint(strict.complaints) };
  const unreadable = imageUnreadable(path, strict.cause);
  const { frames, complaints } = await decodeImage(bytes, background, undefined, true).catch(() => {
    throw unreadable;
  });
  const frame = frames[0]!;
  const said = mainComplaint([...complaints, messageOf(strict.cause)]) ?? "it is damaged";
  if (!/premature end of JPEG image|not enough data|IDAT|unexpected end/i.test(said))
    return { frame, complaint: said };
  const missing = flatRows(frame);
  if (missing > frame.height * MOST_MISSING) {
    throw imageUnreadable(path, `it is cut off: of ${frame.height} rows the last ${missing} are missing`);
  }
  return {
    frame,
    complaint: missing > 1 ? `${said}; its last ${missing} rows of ${frame.height} are missing` : said,
  };
}

/**
 * Reads a still image as 8-bit sRGB, turned upright by its EXIF orientation; of an animation the first picture. Errors
 * as `imageHeader`.
 */
export async function readImage(
  path: string,
  background: Background = parseBackground(),
): Promise<ReadImage & { readonly isAnimation: boolean }> {
  // From memory: given a path, libvips caches by name and would return a file that has been replaced meanwhile.
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw imageUnreadable(path, cause);
  });
  const { pages } = await imageHeader(path, bytes);
  const isAnimation = pages > 1 || (apngInfo(bytes)?.delays.length ?? 0) > 1;
  return { ...(await decode(path, bytes, background)), isAnimation };
}
