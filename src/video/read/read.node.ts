import { requireText } from "../../argument.ts";
import { parseBackground } from "../background.ts";
import type { Frame, Video } from "../types.ts";
import { STILL_FPS } from "./folder-source.node.ts";
import { openSource } from "./open-source.node.ts";
import { openStream, type ReadOptions } from "./open-stream.node.ts";

/** What a video is, read from its header. */
export interface VideoInfo {
  /** An animated gif or webp is a video, a still one an image. */
  readonly kind: "video" | "folder" | "image";
  /** Upright size in square pixels. */
  readonly width: number;
  readonly height: number;
  /** Frames a second; 8 for a folder or an image. */
  readonly fps: number;
  /** Exact for images and short videos, else estimated from duration and rate. */
  readonly frameCount: number;
  /** Seconds. */
  readonly duration: number;
}

/**
 * Reads frames of a video file (mp4, mov, mkv, webm), an animated gif or webp, an image (one frame) or a folder of
 * images (by the numbers in their names) into memory: upright, square pixels, sRGB; high dynamic range is mapped to it.
 * Only the wanted part of a file with a sound index is read and decoded. A file that is cut off or damaged gives the
 * frames that are there with a warning; a number of frames that is not there is an error. Throws FateZeroError that names the file: `input-missing`, `not-a-video`,
 * `no-video-track`, `codec-unsupported`, `no-frames`, `video-damaged`, `empty-folder`, `image-unreadable`,
 * `image-unsupported`, `image-too-large`, `frame-size-differs`, `bad-frame-range`; and `bad-time`, `bad-fps`, `bad-crop`, `bad-background`.
 *
 * @example
 * const clip = await readVideo("car.mp4", { frames: 8, stride: 3, fit: (w, h) => fitToModel(w, h, 512, 64) });
 * const part = await readVideo("car.mp4", { from: "0:12", to: "0:14.5", crop: "center" });
 */
export async function readVideo(input: string, options: ReadOptions = {}): Promise<Video> {
  requireText(input, "readVideo", "the path of a clip");
  const stream = await openStream(input, options);
  try {
    const frames: Frame[] = [];
    for await (const { frame } of stream.frames) frames.push(frame);
    return { frames, ...stream.clip() };
  } finally {
    stream.close();
  }
}

/**
 * Reads what `readVideo` reads frame by frame, each as it is asked for: a clip of any length takes the memory of one
 * frame. Leaving the loop closes the file. Errors as `readVideo`, at the first frame.
 *
 * @example
 * for await (const frame of streamVideo("long.mp4")) await show(frame);
 */
export async function* streamVideo(
  input: string,
  options: ReadOptions = {},
): AsyncGenerator<Frame, void, undefined> {
  requireText(input, "streamVideo", "the path of a clip");
  const stream = await openStream(input, options);
  try {
    for await (const { frame } of stream.frames) yield frame;
  } finally {
    stream.close();
  }
}

/** Size, rate and length of anything that `readVideo` reads, without decoding. Errors as `readVideo`. */
export async function probeVideo(input: string): Promise<VideoInfo> {
  requireText(input, "probeVideo", "the path of a clip");
  const source = await openSource(input, { background: parseBackground(), stillFps: STILL_FPS });
  try {
    const { kind, width, height, frameCount } = source;
    const fps = source.fps ?? STILL_FPS;
    return { kind, width, height, fps, frameCount, duration: source.duration ?? frameCount / fps };
  } finally {
    source.close();
  }
}
