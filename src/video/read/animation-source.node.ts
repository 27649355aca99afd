import { readFile } from "node:fs/promises";
import { FateZeroError } from "../../errors.ts";
import { say, the } from "../../say.ts";
import type { FrameTimes } from "../frame-times.ts";
import { decodeImage, type ImageHeader, imageUnreadable } from "../images.node.ts";
import type { Frame } from "../types.ts";
import { type CheckedRange, chosenIndices } from "./range.ts";
import { type SelectionTimes, selectionTimes } from "./selection-times.ts";
import { type FrameSource, placed, type SourceOptions } from "./source.ts";

/** Pictures decoded at once: the decoder starts at the first picture every time, and keeps all that it is asked for. */
const BATCH = 32;
const BATCH_PIXELS = 2 ** 26;

/** A gif says times in hundredths of a second, so a steady rate may be off by one of them at either end. */
const TOLERANCE = 0.0101;
/** How many seconds longer the last picture is shown where that is meant. */
const SHORTEST_HOLD = 0.05;
/** Browsers show a picture with a delay of 10 ms or less for a tenth of a second. */
const SHORTEST_DELAY = 11;

/** Start times of an animation's pictures in seconds. */
function animationTimes(delays: readonly number[], pages: number): FrameTimes {
  let end = 0;
  const times = Array.from({ length: pages }, (_, i) => {
    const begin = end;
    const delay = delays[i] ?? 100;
    end += (delay < SHORTEST_DELAY ? 100 : delay) / 1000;
    return begin;
  });
  return { times, complete: true, end };
}

/** The mean rate, or the whole number of frames a second that the times are rounded from. */
function animationRate({ times, end }: FrameTimes): number {
  const mean = times.length / end;
  const whole = Math.max(1, Math.round(mean));
  const equal = times.every((time, i) => Math.abs(time - i / mean) < 1e-4);
  const rounded = [...times, end].every((time, i) => Math.abs(time - i / whole) <= 5.1e-3);
  return !equal && rounded ? whole : mean;
}

async function* decode(
  path: string,
  indices: readonly number[],
  { width, height }: ImageHeader,
  { background }: SourceOptions,
): AsyncGenerator<Frame, void, undefined> {
  const bytes = await readFile(path);
  const most = Math.max(1, Math.min(BATCH, Math.floor(BATCH_PIXELS / (width * height))));
  for (let k = 0; k < indices.length; ) {
    const first = indices[k]!;
    const upTo = indices.findIndex((index) => index >= first + most);
    const batch = indices.slice(k, upTo < 0 ? undefined : upTo);
    const count = batch.at(-1)! - first + 1;
    let frames: readonly Frame[];
    try {
      ({ frames } = await decodeImage(bytes, background, { first, count }));
    } catch (cause) {
      throw imageUnreadable(path, cause);
    }
    for (const index of batch) yield frames[index - first]!;
    k += batch.length;
  }
}

/** The times of the chosen frames, with the pause on the last one that animations often end in. */
function timesWithHold(
  known: FrameTimes,
  indices: readonly number[],
  stride: number,
  fps: number,
): SelectionTimes {
  const found = selectionTimes(known, indices, stride, fps, TOLERANCE);
  const { from, to } = found.span;
  const duration = to - from;
  const isHeld = duration - (indices.length * stride) / found.sourceFps > SHORTEST_HOLD;
  if (found.varying || !isHeld || indices.length === 1) return found;
  return { ...found, varying: { timestamps: indices.map((index) => known.times[index]! - from), duration } };
}

function cutOff(path: string, pages: number): FateZeroError {
  return new FateZeroError(
    "video-damaged",
    `"${path}" is cut off within frame ${pages - 1}.`,
    say`Get a complete copy, or take frames before it (${the("frames")}, ${the("start")}, ${the("stride")}, ${the("to")}).`,
  );
}

/**
 * Opens an animation, whose header has been read, as frames: `frames` decodes those chosen, by default of a gif or webp.
 * While decoding throws FateZeroError
 * `video-damaged`, `image-unreadable`.
 */
export function openAnimation(
  path: string,
  header: ImageHeader,
  options: SourceOptions,
  frames = (indices: readonly number[]) => decode(path, indices, header, options),
): FrameSource {
  const { width, height, pages, delays } = header;
  const known = animationTimes(delays, pages);
  const fps = animationRate(known);
  return {
    kind: "video",
    width,
    height,
    fps,
    frameCount: pages,
    duration: known.end,
    hasAudio: false,
    select: async (range: CheckedRange) => {
      const indices = chosenIndices(range, known.times, path);
      // The last picture is damaged, and what would come after it is missing.
      if (header.isCutOff && indices.at(-1)! + range.stride >= pages) throw cutOff(path, pages);
      return {
        indices,
        ...timesWithHold(known, indices, range.stride, fps),
        frames: placed(indices, frames(indices)),
      };
    },
    close: () => {},
  };
}
