import { readdir } from "node:fs/promises";
import { extname, join } from "node:path";
import { FateZeroError } from "../errors.ts";
import { imageSize, readImage } from "./images.node.ts";
import { type CheckedRange, frameIndices } from "./range.ts";
import type { FrameSource } from "./source.ts";
import type { Frame } from "./types.ts";

const IMAGE_EXTENSIONS = new Set([".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".avif"]);

/**
 * The images of a folder, by name in code point order, as the released code's `sorted(os.listdir())`
 * (video_diffusion/data/dataset.py): `10.png` comes before `2.png`, so names should be padded with zeros. Hidden files
 * and files of other kinds are passed over. Throws FateZeroError `empty-folder`.
 */
export async function listImages(folder: string): Promise<string[]> {
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
  size: { width: number; height: number },
  first: string,
): AsyncGenerator<Frame, void, undefined> {
  for (const path of paths) {
    const frame = await readImage(path);
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

/** Opens a folder of images as frames. Throws FateZeroError `empty-folder`, `image-unreadable`, `frame-size-differs`. */
export async function openFolder(folder: string): Promise<FrameSource> {
  const paths = await listImages(folder);
  const first = paths[0]!;
  const size = await imageSize(first);
  return {
    kind: "folder",
    ...size,
    fps: undefined,
    frameCount: paths.length,
    duration: undefined,
    select: async (range: CheckedRange) => {
      const indices = frameIndices(range, paths.length, folder);
      const chosen = indices.map((index) => paths[index]!);
      return { count: chosen.length, sourceFps: FOLDER_FPS, frames: readImages(chosen, size, first) };
    },
    close: () => {},
  };
}

/** Frames a second of a folder, which has no rate of its own: what the released code's examples play at. */
export const FOLDER_FPS = 8;
