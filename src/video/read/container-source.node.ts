import { stat } from "node:fs/promises";
import { FateZeroError } from "../../errors.ts";
import { loadFfmpeg } from "../codecs.node.ts";
import { type FoundTimes, frameTimes } from "../frame-times.ts";
import type { Structure } from "../structure/bytes.ts";
import { videoStructure } from "../structure/structure.node.ts";
import type { Frame } from "../types.ts";
import { frameDamaged, impossibleTables, noFrames } from "./container-errors.ts";
import { clockJumps, cutOff, editRate, framesMissing, tooFewThere } from "./container-warnings.ts";
import { indexedReel } from "./indexed-reel.node.ts";
import { type CheckedRange, chosenIndices, lastIndex } from "./range.ts";
import type { PlacedFrame, Reel } from "./reel.ts";
import { selectionTimes } from "./selection-times.ts";
import { sequentialReel } from "./sequential-reel.node.ts";
import type { FrameSource, SourceOptions } from "./source.ts";
import { steadySize } from "./steady-size.ts";

/** How far a frame's time may lie from a steady rate: mkv and webm round to milliseconds. */
const TOLERANCE = 2e-3;

/** A video file as it is gone through first, and in sequence if that does not do. */
interface Reels {
  readonly first: Reel;
  readonly inSequence: (() => Promise<Reel | undefined>) | undefined;
}

async function timesOf(reel: Reel, range: CheckedRange): Promise<FoundTimes> {
  // One stride more than is decoded: when the last chosen frame gives way to another.
  const needed = lastIndex(range) + range.stride;
  const found = await frameTimes(reel.packets(), needed, {
    from: range.from ?? 0,
    until: range.to === undefined ? Infinity : range.to + range.stride / reel.fps,
  });
  // A mkv's or webm's last packet has no duration; the file's own may be the sound's.
  const lacksEnd = found.end <= (found.times.at(-1) ?? 0) && !reel.hasAudio && !found.isMended;
  return lacksEnd ? { ...found, end: reel.duration } : found;
}

/** The frames' times by the reel that can be gone by. */
async function chooseReel({ first, inSequence }: Reels, range: CheckedRange, name: string) {
  const found = await timesOf(first, range);
  const isRegular = !found.isMended && (found.isInOrder || first.reorders) && found.times.length > 0;
  const other = isRegular ? undefined : await inSequence?.();
  const chosen = other ? { reel: other, found: await timesOf(other, range) } : { reel: first, found };
  if (chosen.found.times.length === 0) throw noFrames(name);
  return { ...chosen, inSequence: other ? undefined : inSequence };
}

/** The chosen frames; from the first that the index does not lead to, in sequence. */
async function* decode(
  reel: Reel,
  inSequence: Reels["inSequence"],
  times: readonly number[],
  indices: readonly number[],
): AsyncGenerator<PlacedFrame, void, undefined> {
  let done = 0;
  try {
    for await (const placed of reel.decode(times, indices)) {
      yield placed;
      done++;
    }
  } catch (error) {
    const other = error instanceof FateZeroError && error.code === "video-damaged" && (await inSequence?.());
    if (!other) throw error;
    yield* other.decode(times, indices.slice(done));
  }
}

/** A video file as a source of frames; `name` is for messages. */
export function containerSource(
  reels: Reels,
  name: string,
  structure: Structure,
  { onWarning = () => {} }: SourceOptions,
): FrameSource {
  const { width, height, fps, frameCount, duration, hasAudio, close } = reels.first;

  const select = async (range: CheckedRange) => {
    const { reel, found, inSequence } = await chooseReel(reels, range, name);
    const { times } = found;
    const isCutOff = found.complete && (structure.isCutOff || found.endsEarly);
    const there = { name, times, announced: structure.announced };
    let indices: readonly number[];
    try {
      indices = chosenIndices(range, times, name);
    } catch (error) {
      throw isCutOff ? tooFewThere(there, error) : error;
    }
    // What stops at the end of what is there would have gone on.
    const isShort = isCutOff && range.frames === undefined && times.length - indices.at(-1)! <= range.stride;
    if (isShort) onWarning(cutOff(there));
    if (structure.editRate !== undefined) onWarning(editRate(name, structure.editRate));
    if (found.hasJump) onWarning(clockJumps(name));

    let delivered = indices;
    const frames = async function* (): AsyncGenerator<Frame, void, undefined> {
      const given: number[] = [];
      const sized = steadySize({ width, height, name, times }, onWarning);
      for await (const { index, frame } of decode(reel, inSequence, times, indices)) {
        given.push(index);
        yield sized(frame, index);
      }
      if (given.length === indices.length) return;
      const missing = indices.filter((index) => !given.includes(index));
      if (range.frames !== undefined || given.length === 0) throw frameDamaged(name, missing[0]!);
      delivered = given;
      onWarning(framesMissing(there, missing, indices.length));
    };
    const timing = () => selectionTimes(found, delivered, range.stride, fps, TOLERANCE);
    return {
      count: indices.length,
      // Damaged frames are known to be missing only when the others have been decoded.
      get sourceFps() {
        return timing().sourceFps;
      },
      get varying() {
        return timing().varying;
      },
      get span() {
        return timing().span;
      },
      frames: frames(),
    };
  };
  return { kind: "video", width, height, fps, frameCount, duration, hasAudio, select, close };
}

/**
 * Opens a video file: by its own index if it has one that tells all, else in sequence. Throws FateZeroError
 * `not-a-video`, `no-video-track`, `codec-unsupported`, `no-frames`, and `video-damaged` for headers that announce what
 * the file cannot hold; while decoding `video-damaged`.
 */
export async function openVideoFile(path: string, options: SourceOptions): Promise<FrameSource> {
  const ffmpeg = await loadFfmpeg();
  const structure = await videoStructure(path);
  if (structure.impossible) throw impossibleTables(path, structure.impossible, (await stat(path)).size);
  const inSequence = () => sequentialReel(ffmpeg, path, structure, options);
  const byIndex = () => {
    const { mediabunny } = ffmpeg;
    const bytes = new mediabunny.FilePathSource(path, { handleUnhandledError: () => {} });
    return indexedReel(ffmpeg, bytes, path, options);
  };
  if (!structure.hasPlainIndex) {
    const first = await inSequence();
    if (first) return containerSource({ first, inSequence: undefined }, path, structure, options);
    // What is wrong with it, the other reader tells.
    return containerSource({ first: await byIndex(), inSequence: undefined }, path, structure, options);
  }
  return containerSource({ first: await byIndex(), inSequence }, path, structure, options);
}
