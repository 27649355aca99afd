import { readdir } from "node:fs/promises";
import { extname, join } from "node:path";
import { FateZeroError } from "../../errors.ts";
import type { Background } from "../background.ts";
import { imageHeader, readImage } from "../images.node.ts";
import type { Frame } from "../types.ts";
import { type CheckedRange, chosenIndices } from "./range.ts";
import { selectionTimes } from "./selection-times.ts";
import type { FrameSource, SourceOptions } from "./source.ts";

/** Frames a second of pictures, which have no rate of their own: what the released code's examples play at. */
export const STILL_FPS = 8;

/** Extensions of image files that are read. */
export const IMAGE_EXTENSIONS: ReadonlySet<string> = new Set([
  ".png",
  ".jpg",
  ".jpeg",
  ".webp",
  ".tif",
  ".tiff",
  ".avif",
]);

/**
 * The images of a folder, by name in code point order, as the released code's `sorted(os.listdir())`
 * (video_diffusion/data/dataset.py): `10.png` comes before `2.png`, so names should be padded with zeros. Hidden files
 * and files of other kinds are passed over. Throws FateZeroError `empty-folder`.
 */
async function listImages(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith("."))
    .map((entry) => entry.name)
    .filter((name) => IMAGE_EXTENSIONS.has(extname(name).toLowerCase()));
  if (names.length === 0) {
    throw new FateZeroError(
      "empty-folder",
      `The folder "${folder}" holds no images (${[...IMAGE_EXTENSIONS].join(" ")}).`,
      "Give a folder with one image for each frame, or a video file.",
    );
  }
  // UTF-8 bytes sort as code points do; JavaScript's own order is by UTF-16 units.
  names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return names.map((name) => join(folder, name));
}

async function* readImages(
  paths: readonly string[],
  background: Background,
  size: { width: number; height: number },
  first: string,
): AsyncGenerator<Frame, void, undefined> {
  for (const path of paths) {
    const frame = await readImage(path, background);
    if (frame.width !== size.width || frame.height !== size.height) {
      throw new FateZeroError(
        "frame-size-differs",
        `"${path}" has ${frame.width}x${frame.height} pixels, but "${first}" has ${size.width}x${size.height}.`,
        "Give all images of a folder the same size.",
      );
    }
    yield frame;
  }
}

/** Image files as frames in their order; `name` is for messages. */
async function openImages(
  kind: "folder" | "image",
  name: string,
  paths: readonly string[],
  { background, stillFps }: SourceOptions,
): Promise<FrameSource> {
  const { width, height } = await imageHeader(paths[0]!);
  const times = paths.map((_, index) => index / stillFps);
  const known = { times, complete: true, end: paths.length / stillFps };
  return {
    kind,
    width,
    height,
    fps: undefined,
    frameCount: paths.length,
    duration: undefined,
    hasAudio: false,
    select: async (range: CheckedRange) => {
      const indices = chosenIndices(range, times, name);
      const chosen = indices.map((index) => paths[index]!);
      return {
        count: chosen.length,
        ...selectionTimes(known, indices, range.stride, stillFps, 1e-3),
        frames: readImages(chosen, background, { width, height }, paths[0]!),
      };
    },
    close: () => {},
  };
}

/**
 * Opens a folder of images as frames. Throws FateZeroError `empty-folder`, `image-unreadable`, `image-too-large`,
 * `frame-size-differs`.
 */
export async function openFolder(folder: string, options: SourceOptions): Promise<FrameSource> {
  return await openImages("folder", folder, await listImages(folder), options);
}

/** Opens an image as a clip of one frame. Throws FateZeroError `image-unreadable`, `image-too-large`. */
export async function openImage(path: string, options: SourceOptions): Promise<FrameSource> {
  return await openImages("image", path, [path], options);
}
