import { writeFile } from "node:fs/promises";
import { FateZeroError } from "../../errors.ts";
import { toUint8 } from "../frame.ts";
import { withComment } from "../gif-blocks.ts";
import { imageOf } from "../images.node.ts";
import { encodeMetadata } from "../metadata.ts";
import type { Frame, Timing, VideoWarning } from "../types.ts";
import { animatePngs } from "./animate-pngs.node.ts";
import type { ContainerContent } from "./container-sink.node.ts";
import { startTime } from "./play-times.ts";
import type { FrameSink } from "./sink.ts";

/** Longest that sharp writes a picture's delay, in milliseconds. */
const LONGEST_DELAY = 65_530;
/** Browsers show a gif's picture with a shorter delay for a tenth of a second. */
const SHORTEST_GIF_DELAY = 20;

/**
 * How long each of `count` frames is shown, in whole multiples of `unit` milliseconds: rounded so that the clip keeps
 * its length, not each frame by itself; at least `shortest`.
 */
function frameDelays(timing: Timing, count: number, unit: number, shortest: number): number[] {
  let end = 0;
  return Array.from({ length: count }, (_, i) => {
    const begin = end;
    const exact = Math.round((startTime(timing, i + 1) * 1000) / unit) * unit;
    end = Math.min(begin + LONGEST_DELAY, Math.max(begin + shortest, exact));
    return end - begin;
  });
}

function tellLongest(
  timing: Timing,
  count: number,
  kind: string,
  onWarning: (warning: VideoWarning) => void,
): void {
  const seconds = Array.from({ length: count }, (_, i) => startTime(timing, i + 1) - startTime(timing, i));
  if (count < 2 || seconds.every((length) => length * 1000 <= LONGEST_DELAY + 10)) return;
  const message = `A ${kind} shows a picture for at most ${LONGEST_DELAY / 1000} s; longer ones were shortened.`;
  onWarning({ code: "times-mended", message });
}

const pngOf = async (frame: Frame, description: string | undefined): Promise<Uint8Array> =>
  await (await imageOf([frame], description)).png({ compressionLevel: 6 }).toBuffer();

async function encode(
  kind: "gif" | "webp" | "png" | "jpg",
  frames: readonly Frame[],
  timing: Timing,
  description: string | undefined,
): Promise<Uint8Array> {
  switch (kind) {
    case "gif": {
      const delay = frameDelays(timing, frames.length, 10, SHORTEST_GIF_DELAY);
      const image = (await imageOf(frames)).gif({ delay, loop: 0, effort: 4, dither: 0 });
      const gif = await image.toBuffer();
      return description === undefined ? gif : withComment(gif, description);
    }
    case "webp": {
      const delay = frameDelays(timing, frames.length, 1, 1);
      const animation = frames.length > 1 ? { delay, loop: 0 } : {};
      const image = await imageOf(frames, description);
      return await image.webp({ quality: 92, smartSubsample: true, ...animation }).toBuffer();
    }
    case "png":
      return await pngOf(frames[0]!, description);
    case "jpg":
      return await (await imageOf(frames, description))
        .jpeg({ quality: 95, chromaSubsampling: "4:4:4" })
        .toBuffer();
    default:
      return kind satisfies never;
  }
}

async function encoding<T>(kind: string, step: Promise<T>): Promise<T> {
  return await step.catch((cause: unknown) => {
    throw new FateZeroError(
      "encode-failed",
      `The ${kind} encoder gave up: ${cause instanceof Error ? cause.message : String(cause)}.`,
      'Write a folder of images instead (a path that ends in "/").',
      { cause },
    );
  });
}

/** An animated png, each frame coded as it comes: only the coded ones are kept in memory until `finish`. */
function openApngSink(
  path: string,
  { timing, metadata, onWarning }: Pick<ContainerContent, "timing" | "metadata" | "onWarning">,
): FrameSink {
  const pictures: Uint8Array[] = [];
  return {
    write: async (frame) => {
      const description = metadata && pictures.length === 0 ? encodeMetadata(metadata) : undefined;
      pictures.push(await encoding("apng", pngOf(frame, description)));
    },
    finish: async () => {
      tellLongest(timing, pictures.length, "apng", onWarning);
      await writeFile(path, animatePngs(pictures, frameDelays(timing, pictures.length, 1, 1)));
    },
    cancel: async () => {
      pictures.length = 0;
    },
  };
}

/**
 * An image (png, jpg, still webp) or an animation (gif, webp, apng). Frames of a gif or webp are kept in memory until
 * `finish`, which writes the file, and repeated pictures become one that is shown for longer, as its format would have it.
 */
export function openImageSink(
  path: string,
  kind: "gif" | "webp" | "apng" | "png" | "jpg",
  content: Pick<ContainerContent, "timing" | "metadata" | "onWarning">,
): FrameSink {
  if (kind === "apng") return openApngSink(path, content);
  const { timing, metadata, onWarning } = content;
  const frames: Frame[] = [];
  return {
    write: async (frame) => {
      frames.push(toUint8(frame));
    },
    finish: async () => {
      if (kind !== "png" && kind !== "jpg") tellLongest(timing, frames.length, kind, onWarning);
      const description = metadata && encodeMetadata(metadata);
      await writeFile(path, await encoding(kind, encode(kind, frames, timing, description)));
    },
    cancel: async () => {
      frames.length = 0;
    },
  };
}
