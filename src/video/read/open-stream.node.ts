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
import type { PlacedFrame } from "./reel.ts";
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

/** A source that is open, its frames read one by one as they are asked for. */
export interface VideoStream {
  /** Size of the frames in pixels. */
  readonly width: number;
  readonly height: number;
  /** Places of the chosen frames among all of the source, rising. */
  readonly indices: readonly number[];
  /** What the clip says of itself besides its frames; certain when they have been read, as damaged ones are left out. */
  clip(): Omit<Video, "frames">;
  readonly frames: AsyncIterable<PlacedFrame>;
  /** Frees file handles and decoders. */
  close(): void;
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

/** Opens what `readVideo` reads, and finds the frames of its range. Errors as `readVideo`. */
export async function openStream(input: string, options: ReadOptions): Promise<VideoStream> {
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
    const clip = (): Omit<Video, "frames"> => {
      const played = { kind, ...timingOf(selection, range.stride, fps) };
      return kind === "video" ? { ...played, source: { path: input, ...selection.span, hasAudio } } : played;
    };
    const sized = (frame: Frame): Frame => {
      const resized = resizeFrame(toFloat(cropFrame(frame, part)), width, height, options.kernel);
      return options.precision === "float" ? resized : toUint8(resized);
    };
    const frames = async function* (): AsyncGenerator<PlacedFrame, void, undefined> {
      for await (const { index, frame } of selection.frames) {
        options.signal?.throwIfAborted();
        yield { index, frame: sized(frame) };
      }
    };
    const { indices } = selection;
    return { width, height, indices, clip, frames: frames(), close: () => source.close() };
  } catch (error) {
    source.close();
    throw error;
  }
}
