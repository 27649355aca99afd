import { stat } from "node:fs/promises";
import { FateZeroError } from "../errors.ts";
import { openVideoFile } from "./container-source.node.ts";
import { FOLDER_FPS, openFolder } from "./folder-source.node.ts";
import { resizeFrame, toFloat, toUint8 } from "./frame.ts";
import { checkRange, type FrameRange } from "./range.ts";
import type { FrameSource } from "./source.ts";
import type { Frame, Video } from "./types.ts";

/** Which frames to read and how. */
export interface ReadOptions extends FrameRange {
  /**
   * Frames a second of the source, in place of its own rate (a folder has 8): the result plays at `fps / stride`, so
   * that a stride keeps the duration.
   */
  readonly fps?: number;
  /** From the upright source size to the size wanted; Lanczos, once, in floats. Default: the source size. */
  readonly fit?: (width: number, height: number) => { width: number; height: number };
  /** `"float"` leaves the values unrounded (Float32Array on the scale 0…255). Default `"uint8"`. */
  readonly precision?: "uint8" | "float";
  /** Stops reading: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** What a video is, read from its header. */
export interface VideoInfo {
  readonly kind: "video" | "folder";
  /** Upright size in square pixels. */
  readonly width: number;
  readonly height: number;
  /** Frames a second; 8 for a folder. */
  readonly fps: number;
  /** Exact for a folder and a short video, else estimated from duration and rate. */
  readonly frameCount: number;
  /** Seconds. */
  readonly duration: number;
}

async function openSource(input: string): Promise<FrameSource> {
  const info = await stat(input).catch((cause: unknown) => {
    throw new FateZeroError(
      "input-missing",
      `The input "${input}" does not exist or cannot be read.`,
      "Check the path; it must name a video file or a folder of images.",
      { cause },
    );
  });
  return info.isDirectory() ? await openFolder(input) : await openVideoFile(input);
}

function checkFps(fps: number | undefined): number | undefined {
  if (fps === undefined || (Number.isFinite(fps) && fps > 0)) return fps;
  throw new FateZeroError("bad-fps", `"fps" is ${fps}.`, "Give a number of frames a second above 0.");
}

/**
 * Reads frames of a video file (mp4, mov, mkv, webm) or of a folder of images (by name in code point order) into
 * memory: upright, square pixels, sRGB. Only the wanted part of a file is read and decoded. Throws FateZeroError that
 * names the file: `input-missing`, `not-a-video`, `no-video-track`, `codec-unsupported`, `no-frames`, `video-damaged`,
 * `empty-folder`, `image-unreadable`, `frame-size-differs`, `bad-frame-range`, `bad-fps`.
 *
 * @example
 * const clip = await readVideo("car.mp4", { frames: 8, stride: 3, fit: (w, h) => fitToModel(w, h, 512, 64) });
 */
export async function readVideo(input: string, options: ReadOptions = {}): Promise<Video> {
  const range = checkRange(options);
  const fps = checkFps(options.fps);
  options.signal?.throwIfAborted();
  const source = await openSource(input);
  try {
    const { width, height } = options.fit?.(source.width, source.height) ?? source;
    const selection = await source.select(range);
    const frames: Frame[] = [];
    for await (const frame of selection.frames) {
      options.signal?.throwIfAborted();
      const sized = resizeFrame(toFloat(frame), width, height);
      frames.push(options.precision === "float" ? sized : toUint8(sized));
    }
    return { frames, fps: (fps ?? selection.sourceFps) / range.stride };
  } finally {
    source.close();
  }
}

/** Size, rate and length of a video file or a folder of images, without decoding. Errors as `readVideo`. */
export async function probeVideo(input: string): Promise<VideoInfo> {
  const source = await openSource(input);
  try {
    const { kind, width, height, frameCount } = source;
    const fps = source.fps ?? FOLDER_FPS;
    return { kind, width, height, fps, frameCount, duration: source.duration ?? frameCount / fps };
  } finally {
    source.close();
  }
}
