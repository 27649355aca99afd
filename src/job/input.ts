import { stat } from "node:fs/promises";
import { extname } from "node:path";
import { defined } from "../defined.ts";
import type { Inversion } from "../edit/index.ts";
import { framesOf } from "../edit/index.ts";
import { FateZeroError } from "../errors.ts";
import type { Model } from "../pipeline/index.ts";
import type { ClipOptions, MethodOptions } from "../request/index.ts";
import { say, the } from "../say.ts";
import { probeVideo, readVideo } from "../video/index.node.ts";
import type { Video, VideoWarning } from "../video/index.ts";
import { cropRectangle, fitToModel, parseCrop, parseTime, releasedFrames } from "../video/index.ts";
import { loadInversion } from "./inversion-file.ts";
import { usageError } from "./usage.ts";

/** What INPUT names. */
export type Input =
  | { readonly kind: "clip"; readonly path: string; readonly info: Awaited<ReturnType<typeof probeVideo>> }
  | { readonly kind: "inversion"; readonly path: string; readonly inversion: Inversion };

/** Pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** How a clip is read: the released code's mode cuts and scales in its own way. */
export type Reading = ClipOptions & Pick<MethodOptions, "compat">;

export const INVERSION_EXTENSION = ".safetensors";

export function namesInversion(path: string): boolean {
  return extname(path).toLowerCase() === INVERSION_EXTENSION;
}

/** Looks at INPUT: a saved inversion is loaded, of a video or folder the header is read. */
export async function openInput(path: string): Promise<Input> {
  const info = await stat(path).catch(() => null);
  if (!info) {
    throw new FateZeroError(
      "input-missing",
      `The input "${path}" does not exist or cannot be read.`,
      "Check the path; it must name a video, a folder of images or a saved inversion (.safetensors).",
    );
  }
  if (info.isFile() && namesInversion(path))
    return { kind: "inversion", path, inversion: await loadInversion(path) };
  return { kind: "clip", path, info: await probeVideo(path) };
}

/** How many frames the options take of a clip; an estimate where its length is one. */
export function chosenFrames(
  available: number,
  fps: number,
  { frames, start = 0, stride = 1, from, to }: ClipOptions,
): number {
  const first = from === undefined ? start : Math.round(parseTime(from) * fps);
  const end = to === undefined ? available : Math.min(available, Math.round(parseTime(to) * fps));
  const rest = Math.max(0, Math.ceil((end - first) / stride));
  return Math.min(frames ?? rest, rest);
}

/** How many frames the job has; an estimate where a clip's length is one. */
export function frameCount(input: Input, options: ClipOptions): number {
  if (input.kind === "inversion") return framesOf(input.inversion);
  return chosenFrames(input.info.frameCount, input.info.fps, options);
}

/** The size in pixels at which the model works on a clip. */
export function workingSize(
  model: Model,
  clip: Size,
  { size = model.size, compat, crop = "none" }: Reading,
): Size {
  const multiple = model.sizeMultiple;
  if (size < multiple) {
    throw usageError(
      say`${the("size", size)} is too small for this model.`,
      `It takes multiples of ${multiple} pixels.`,
    );
  }
  if (!compat) {
    const { width, height } = cropRectangle(clip.width, clip.height, parseCrop(crop));
    return fitToModel(width, height, size, multiple);
  }
  if (size % multiple !== 0) {
    throw usageError(
      say`${the("size", size)} does not go with ${the("compat")}: the released code works on squares whose side is a multiple of ${multiple}.`,
      `Choose ${Math.floor(size / multiple) * multiple} or ${Math.ceil(size / multiple) * multiple}.`,
    );
  }
  return { width: size, height: size };
}

/** Reads the chosen frames at the working size; in compat mode cut and scaled as the released code does. */
export async function readClip(
  path: string,
  size: Size,
  options: Reading,
  signal: AbortSignal,
  onWarning?: (warning: VideoWarning) => void,
): Promise<Video> {
  const { frames, start, stride, fps, from, to, crop, background, deinterlace } = options;
  const cut = crop === undefined ? {} : { crop: parseCrop(crop) };
  const chosen = defined({ frames, start, stride, fps, from, to, background, deinterlace, onWarning });
  const range = { ...chosen, ...cut, signal };
  if (!options.compat) return readVideo(path, { ...range, fit: () => size });
  const clip = await readVideo(path, { background: "none", order: "code-points", ...range });
  return { ...clip, frames: releasedFrames(clip.frames, size.width) };
}
