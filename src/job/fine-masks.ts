import { type Marks, maskOfFrames } from "../edit/index.ts";
import type { HandMaskOptions } from "../request/index.ts";
import type { FloatTensor } from "../tensor/index.ts";
import { openStream } from "../video/index.node.ts";
import { type MaskedClip, maskReading } from "./hand-masks.ts";
import { maskPaths } from "./mask-paths.ts";

/** What a person marked, frame by frame of those that are edited, at the masks' own sizes. */
export interface FineMasks {
  /** The marks of the next frame; null where a mask has no frame left. */
  next(): Promise<Marks | null>;
  close(): void;
}

interface OpenMask {
  /** Its next frame [1, h, w]; null where there is none left. */
  next(): Promise<FloatTensor | null>;
  close(): void;
}

async function openMask(path: string, clip: MaskedClip, signal: AbortSignal): Promise<OpenMask> {
  const { options, isStill } = await maskReading(path, clip);
  const stream = await openStream(path, { ...options, background: "black", signal });
  const frames = stream.frames[Symbol.asyncIterator]();
  let still: FloatTensor | null = null;
  return {
    next: async () => {
      if (still) return still;
      const { done, value } = await frames.next();
      if (done) return null;
      const mask = maskOfFrames([value.frame]);
      if (isStill) still = mask;
      return mask;
    },
    close: () => stream.close(),
  };
}

/** Whether any mask of a request has more pixels than what is edited, so that it is worth to be read once more. */
async function anyFiner(paths: readonly string[], clip: MaskedClip): Promise<boolean> {
  for (const path of paths) {
    const { part } = await maskReading(path, clip);
    if (part.width > clip.size.width || part.height > clip.size.height) return true;
  }
  return false;
}

/**
 * Opens the masks of a request once more, to be read at their own sizes beside the originals, each frame as it is asked for;
 * null where none is finer than what was edited. They were checked when they were read for the edit. Errors as `readVideo`.
 */
export async function openFineMasks(
  { mask, protect, regions = [] }: HandMaskOptions,
  clip: MaskedClip,
  signal: AbortSignal,
): Promise<FineMasks | null> {
  if (!(await anyFiner(maskPaths({ mask, protect, regions }), clip))) return null;
  const opened: OpenMask[] = [];
  const close = (): void => {
    for (const one of opened) one.close();
  };
  const open = async (path: string | undefined): Promise<OpenMask | null> => {
    if (path === undefined) return null;
    const one = await openMask(path, clip, signal);
    opened.push(one);
    return one;
  };
  try {
    const all = [await open(mask), await open(protect)];
    for (const region of regions) all.push(await open(region.mask));
    const next = async (): Promise<Marks | null> => {
      const found: (FloatTensor | null)[] = [];
      for (const one of all) {
        const own = one && (await one.next());
        if (one && !own) return null;
        found.push(own);
      }
      const [marked = null, kept = null, ...parts] = found;
      return { mask: marked, protect: kept, regions: parts };
    };
    return { next, close };
  } catch (error) {
    close();
    throw error;
  }
}
