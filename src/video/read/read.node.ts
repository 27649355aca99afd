import { requireText } from "../../argument.ts";
import { defined } from "../../defined.ts";
import { FateZeroError } from "../../errors.ts";
import { parseBackground } from "../background.ts";
import { type Crop, cropFrame, cropRectangle } from "../crop.ts";
import { resizeFrame, toFloat, toUint8 } from "../frame.ts";
import type { Kernel } from "../resample.ts";
import type { Frame, Timing, Video, VideoWarning } from "../types.ts";
import { STILL_FPS } from "./folder-source.node.ts";
import { openSource } from "./open-source.node.ts";
import { checkRange, type FrameRange } from "./range.ts";
import type { Selection } from "./source.ts";

/** Which frames to read and how. */
export interface ReadOptions extends FrameRange {
  /**
   * Frames a second of the source, in place of its own rate, steady or not (a folder has 8): the result plays at
   * `fps / stride`, so that a stride keeps the duration.
   */
  readonly fps?: number;
  /** What to cut off before resizing, in upright source pixels. Default `"none"`. */
  readonly crop?: Crop;
  /** From the upright source size, cropped, to the size wanted; once, in floats. Default: no resizing. */
  readonly fit?: (width: number, height: number) => { width: number; height: number };
  /** By what `fit` resizes. Default `"lanczos3"`. */
  readonly kernel?: Kernel;
  /**
   * What shows through transparent parts (png, webp, gif, VP9): `#rrggbb`, `white`, `black`, or `none` for the colours
   * stored there. Default `white`.
   */
  readonly background?: string;
  /** `"float"` leaves the values unrounded (Float32Array on the scale 0…255). Default `"uint8"`. */
  readonly precision?: "uint8" | "float";
  /**
   * How the pictures of a folder are put in order: by their numbers as a person counts, `2.png` before `10.png`, or by
   * code points as the released code does. Default `"numbers"`.
   */
  readonly order?: "numbers" | "code-points";
  /**
   * What is done with interlaced video, whose frames show two moments each: deinterlaced, frame for frame (`"auto"`), or
   * left as it is. Progressive video is not touched. Default `"auto"`.
   */
  readonly deinterlace?: "auto" | "off";
  /** Told what was found otherwise than expected: a damaged picture, files passed over; by default nobody is. */
  readonly onWarning?: (warning: VideoWarning) => void;
  /** Stops reading: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

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

function checkFps(fps: number | undefined): number | undefined {
  if (fps === undefined || (Number.isFinite(fps) && fps > 0)) return fps;
  throw new FateZeroError("bad-fps", `"fps" is ${fps}.`, "Give a number of frames a second above 0.");
}

function timingOf({ sourceFps, varying }: Selection, stride: number, fps: number | undefined): Timing {
  return fps === undefined ? { fps: sourceFps / stride, ...varying } : { fps: fps / stride };
}

/** Tells each warning once, also where a file is gone through a second time. */
function onceEach(onWarning: (warning: VideoWarning) => void): (warning: VideoWarning) => void {
  const told = new Set<string>();
  return (warning) => {
    if (told.has(warning.message)) return;
    told.add(warning.message);
    onWarning(warning);
  };
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
  const range = checkRange(options);
  const fps = checkFps(options.fps);
  const background = parseBackground(options.background);
  options.signal?.throwIfAborted();
  const { order, deinterlace } = options;
  const onWarning = options.onWarning && onceEach(options.onWarning);
  const opening = { background, stillFps: fps ?? STILL_FPS, ...defined({ order, deinterlace, onWarning }) };
  const source = await openSource(input, opening);
  try {
    const { kind, hasAudio } = source;
    const part = cropRectangle(source.width, source.height, options.crop ?? "none");
    const { width, height } = options.fit?.(part.width, part.height) ?? part;
    const selection = await source.select(range);
    const frames: Frame[] = [];
    for await (const frame of selection.frames) {
      options.signal?.throwIfAborted();
      const sized = resizeFrame(toFloat(cropFrame(frame, part)), width, height, options.kernel);
      frames.push(options.precision === "float" ? sized : toUint8(sized));
    }
    const timing = timingOf(selection, range.stride, fps);
    const clip = { frames, kind, ...timing };
    return kind === "video" ? { ...clip, source: { path: input, ...selection.span, hasAudio } } : clip;
  } finally {
    source.close();
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
