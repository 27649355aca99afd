import { stat } from "node:fs/promises";
import { FateZeroError } from "../../errors.ts";
import { loadFfmpeg } from "../codecs.node.ts";
import { type FoundTimes, frameTimes } from "../frame-times.ts";
import { gapIn } from "../gaps.ts";
import type { Structure } from "../structure/bytes.ts";
import { videoStructure } from "../structure/structure.node.ts";
import { frameDamaged, impossibleTables, noFrames } from "./container-errors.ts";
import { clockJumps, cutOff, editRate, framesMissing, gapInside, tooFewThere } from "./container-warnings.ts";
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

async function timesOf(reel: Reel, range: CheckedRange, name: string): Promise<FoundTimes> {
  // One stride more than is decoded: when the last chosen frame gives way to another.
  const needed = lastIndex(range) + range.stride;
  const from = range.from ?? 0;
  const until = range.to === undefined ? Infinity : range.to + range.stride / reel.fps;
  const found = await frameTimes(reel.packets(), needed, { from, until }).catch((cause: unknown) => {
    throw frameDamaged(name, 0, cause);
  });
  // A mkv's or webm's last packet has no duration; the file's own may be the sound's.
  const lacksEnd = found.end <= (found.times.at(-1) ?? 0) && !reel.hasAudio && !found.isMended;
  return lacksEnd ? { ...found, end: reel.duration } : found;
}

/** Whether the pictures end earlier than the header says, by more than sound and picture of a whole file differ. */
function isShort({ complete, isMended, times }: FoundTimes, { duration, hasAudio, fps }: Reel): boolean {
  const longest = times.reduce((most, time, i) => Math.max(most, time - (times[i - 1] ?? time)), 1 / fps);
  return complete && !isMended && duration - (times.at(-1) ?? 0) > Math.max(hasAudio ? 2 : 0.5, 4 * longest);
}

/** Whether times come from an index that can be gone by. */
function isRegular(found: FoundTimes, reel: Reel): boolean {
  const isOrdered = !found.isMended && (found.isInOrder || reel.reorders);
  return isOrdered && found.times.length > 0 && !isShort(found, reel);
}

/** A reel that can be gone by, and its frames' times. */
interface Chosen {
  readonly reel: Reel;
  readonly found: FoundTimes;
  readonly inSequence: Reels["inSequence"];
}

async function chooseReel({ first, inSequence }: Reels, range: CheckedRange, name: string): Promise<Chosen> {
  const byIndex = timesOf(first, range, name);
  const found = inSequence ? await orUndefined(byIndex) : await byIndex;
  const other = found && isRegular(found, first) ? undefined : await inSequence?.();
  if (other) return { reel: other, found: await timesOf(other, range, name), inSequence: undefined };
  return { reel: first, found: found ?? (await byIndex), inSequence };
}

/** What an index says, unless it is damaged: then the pictures themselves tell. */
async function orUndefined<T>(reading: Promise<T>): Promise<T | undefined> {
  return await reading.catch((error: unknown) => {
    if (isDamage(error)) return undefined;
    throw error;
  });
}

function isDamage(error: unknown): boolean {
  return error instanceof FateZeroError && error.code === "video-damaged";
}

/** The chosen frames; from the first that the index does not lead to, in sequence. */
async function* decode(
  { reel, found, inSequence }: Chosen,
  timesBy: (reel: Reel) => Promise<FoundTimes>,
  indices: readonly number[],
): AsyncGenerator<PlacedFrame, void, undefined> {
  let done = 0;
  try {
    for await (const placed of reel.decode(found, indices)) {
      yield placed;
      done++;
    }
  } catch (error) {
    const other = isDamage(error) ? await inSequence?.() : undefined;
    if (!other) throw error;
    yield* other.decode(await timesBy(other), indices.slice(done));
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
    const chosen = await chooseReel(reels, range, name);
    const { reel, found } = chosen;
    const { times } = found;
    if (times.length === 0) throw noFrames(name);
    const timesBy = (other: Reel) => timesOf(other, range, name);
    // An mp4's tables tell better than its header's duration.
    const lacksRest = structure.announced === undefined && isShort(found, reel);
    const isCutOff = found.complete && (structure.isCutOff || found.endsEarly || lacksRest);
    const announced = lacksRest
      ? { duration: reel.duration }
      : { frames: structure.hasPlainIndex ? structure.announced : undefined };
    const there = { name, times, announced };
    let indices: readonly number[];
    try {
      indices = chosenIndices(range, times, name);
    } catch (error) {
      throw isCutOff ? tooFewThere(there, error) : error;
    }
    // What stops at the end of what is there would have gone on.
    const lacksFrames = range.frames === undefined && times.length - indices.at(-1)! <= range.stride;
    if (isCutOff && lacksFrames) onWarning(cutOff(there));
    if (structure.editRate !== undefined) onWarning(editRate(name, structure.editRate));
    if (found.hasJump) onWarning(clockJumps(name));
    const gap = gapIn(times, indices);
    if (gap) onWarning(gapInside(name, gap));

    let delivered = indices;
    const frames = async function* (): AsyncGenerator<PlacedFrame, void, undefined> {
      const given: number[] = [];
      const sized = steadySize({ width, height, name, times }, onWarning);
      for await (const { index, frame } of decode(chosen, timesBy, indices)) {
        given.push(index);
        yield { index, frame: sized(frame, index) };
      }
      if (given.length === indices.length) return;
      const missing = indices.filter((index) => !given.includes(index));
      if (range.frames !== undefined || given.length === 0) throw frameDamaged(name, missing[0]!);
      delivered = given;
      onWarning(framesMissing(there, missing, indices.length));
    };
    const timing = () => selectionTimes(found, delivered, range.stride, fps, TOLERANCE);
    return {
      indices,
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
  const isIndexed = structure.hasPlainIndex && !structure.isCutOff;
  if (!isIndexed || structure.lacksShowTimes) {
    const first = await inSequence();
    if (first?.frameCount === 0) throw noFrames(path);
    const isNeeded = !isIndexed || first?.reorders;
    if (first && isNeeded) return containerSource({ first, inSequence: undefined }, path, structure, options);
  }
  // What is wrong with a file that nobody can read, this reader tells.
  const reels = { first: await byIndex(), inSequence: isIndexed ? inSequence : undefined };
  return containerSource(reels, path, structure, options);
}
