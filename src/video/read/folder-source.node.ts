import { FateZeroError } from "../../errors.ts";
import { imageHeader } from "../images.node.ts";
import type { Frame } from "../types.ts";
import { listImages } from "./list-images.node.ts";
import { type CheckedRange, chosenIndices } from "./range.ts";
import { readImage } from "./read-image.node.ts";
import { selectionTimes } from "./selection-times.ts";
import { type FrameSource, placed, type SourceOptions } from "./source.ts";

/** Frames a second of pictures, which have no rate of their own: what the released code's examples play at. */
export const STILL_FPS = 8;

/** So many pictures are named of which the decoder complains. */
const NAMED = 3;

/** Tells of pictures that were read although their decoder complained: the first few by name, then how many. */
function tellComplaints(name: string, onWarning: NonNullable<SourceOptions["onWarning"]>) {
  let count = 0;
  const warn = (message: string) => onWarning({ code: "image-damaged", message });
  return {
    add: (path: string, complaint: string) => {
      if (++count <= NAMED) warn(`"${path}" was read, but its decoder says: ${complaint}.`);
    },
    end: () => {
      if (count > NAMED) warn(`So it is with ${count - NAMED} more of the pictures in "${name}".`);
    },
  };
}

async function* readImages(
  paths: readonly string[],
  { background, onWarning = () => {} }: SourceOptions,
  size: { width: number; height: number; name: string },
  first: string,
): AsyncGenerator<Frame, void, undefined> {
  const complaints = tellComplaints(size.name, onWarning);
  let animation: string | undefined;
  for (const path of paths) {
    const { frame, complaint, isAnimation } = await readImage(path, background);
    if (frame.width !== size.width || frame.height !== size.height) {
      throw new FateZeroError(
        "frame-size-differs",
        `"${path}" has ${frame.width}x${frame.height} pixels, but "${first}" has ${size.width}x${size.height}.`,
        "Give all images of a folder the same size.",
      );
    }
    if (complaint !== undefined) complaints.add(path, complaint);
    if (isAnimation && !animation) animation = path;
    yield frame;
  }
  complaints.end();
  if (animation === undefined) return;
  const message = `"${animation}" is an animation: among the pictures of a folder one of its frames is taken.`;
  onWarning({ code: "animation-in-folder", message });
}

/** Image files as frames in their order; `name` is for messages. */
async function openImages(
  kind: "folder" | "image",
  name: string,
  paths: readonly string[],
  options: SourceOptions,
): Promise<FrameSource> {
  const { stillFps } = options;
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
        indices,
        ...selectionTimes(known, indices, range.stride, stillFps, 1e-3),
        frames: placed(indices, readImages(chosen, options, { width, height, name }, paths[0]!)),
      };
    },
    close: () => {},
  };
}

/**
 * Opens a folder of images as frames. Throws FateZeroError `empty-folder`, `image-unreadable`, `image-too-large`,
 * `image-unsupported`, `frame-size-differs`.
 */
export async function openFolder(folder: string, options: SourceOptions): Promise<FrameSource> {
  return await openImages("folder", folder, await listImages(folder, options), options);
}

/** Opens an image as a clip of one frame. Throws FateZeroError `image-unreadable`, `image-too-large`. */
export async function openImage(path: string, options: SourceOptions): Promise<FrameSource> {
  return await openImages("image", path, [path], options);
}
