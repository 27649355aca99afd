import { attendedCount, type FrameList } from "../frame-list.ts";
import type { Port } from "../graph/index.ts";
import { spread } from "../spread.ts";
import { type IntTensor, intTensor } from "../tensor/index.ts";
import { type AttendRule, framesAttended, framesOfSite, type Scene } from "./frames.ts";

/**
 * A clip in chunks of frames. A frame of one block is computed from itself and the frames that it attends to there, so what
 * it comes to after all blocks depends on the frames that can be reached in as many steps as there are blocks. A chunk
 * carries those along: where a list is of fixed frames (`first`, `mid`, `last`, those spread over a scene) and `0` the listed ones alone, for they attend
 * to each other only; where it has offsets, which make a chain, a margin of blocks × offset. So every chunk gives its
 * own frames what the whole clip would give them. No frame attends across a cut, so that each scene has chunks of its own.
 */

/** Frames that are computed together, and those of them whose results are taken. */
export interface FrameChunk {
  /** The chunk's own frames: from this one on … */
  readonly from: number;
  /** … to before this one. */
  readonly to: number;
  /** All frames that are computed, in the order of the clip: the own ones, which lie side by side, and those they depend on. */
  readonly carried: readonly number[];
  /** Where the own ones begin among the carried. */
  readonly first: number;
  /** The frames that each carried one attends to, as places among the carried: [carried, list length]. */
  readonly attendTo: IntTensor;
  /** What each of the own ones counts in the result, where other chunks have it too: their shares sum to one. @default all of it */
  readonly weights?: readonly number[];
}

/** Which frames look at which, and how often one after the other. */
export interface FrameReach {
  readonly list: FrameList;
  /** Blocks that attend across frames, in the order in which they run. */
  readonly blocks: number;
}

/** How far frames depend on each other in a network whose self-attention blocks have these widths. */
export function frameReach(rule: AttendRule, widths: readonly number[]): FrameReach {
  const blocks = widths.filter((channels) => framesOfSite(rule, channels).length > 0).length;
  return { list: blocks === 0 ? [] : rule.frames, blocks };
}

/** Frames before and behind its own that a chunk carries for the offsets of a list, at most. */
export function marginOf({ list, blocks }: FrameReach): number {
  const offsets = list.filter((entry) => typeof entry === "number");
  return blocks * (Math.max(0, ...offsets) - Math.min(0, ...offsets));
}

/** The chunk of these frames, with all that they depend on in their scenes. */
export function chunkOf(
  { list, blocks }: FrameReach,
  scenes: readonly Scene[],
  { from, to }: Scene,
): FrameChunk {
  const seenBy = (frame: number): number[] => {
    const scene = scenes.find((each) => frame < each.to)!;
    return framesAttended(list, frame, scene);
  };
  const needed = new Set<number>();
  let reached = Array.from({ length: to - from }, (_, i) => from + i);
  for (let block = 0; reached.length > 0; block++) {
    for (const frame of reached) needed.add(frame);
    if (block === blocks) break;
    const next = new Set(reached.flatMap(seenBy));
    reached = [...next].filter((frame) => !needed.has(frame));
  }
  const carried = [...needed].sort((a, b) => a - b);
  const places = new Map(carried.map((frame, place) => [frame, place]));
  // At the edge of the margin what is looked at is not there; nor does anything that counts depend on what comes of it.
  const rows = carried.map((frame, place) => seenBy(frame).map((seen) => places.get(seen) ?? place));
  const attendTo = intTensor([carried.length, attendedCount(list)], rows.flat());
  return { from, to, carried, first: places.get(from)!, attendTo };
}

/** All frames of a clip as one chunk, in which no frame attends across a cut. */
export function wholeChunk(reach: FrameReach, scenes: readonly Scene[]): FrameChunk {
  return chunkOf(reach, scenes, { from: 0, to: scenes.at(-1)!.to });
}

/** The parts of a scene of at most `size` frames, as equal as can be. */
function partsOf({ from, to }: Scene, size: number): readonly Scene[] {
  const frames = to - from;
  const count = Math.ceil(frames / size);
  const border = (i: number): number => from + Math.round((i * frames) / count);
  return Array.from({ length: count }, (_, i) => ({ from: border(i), to: border(i + 1) }));
}

/**
 * Cuts the scenes of a clip into chunks of at most `size` frames, as equal as can be. Where one of them had to carry the whole
 * scene that is one chunk: cutting would save nothing.
 */
export function planChunks(reach: FrameReach, scenes: readonly Scene[], size: number): readonly FrameChunk[] {
  return scenes.flatMap((scene) => {
    const chunks = partsOf(scene, size).map((part) => chunkOf(reach, [scene], part));
    const isWhole = chunks.some(({ carried }) => carried.length === scene.to - scene.from);
    return isWhole ? [chunkOf(reach, [scene], scene)] : chunks;
  });
}

/** Chunks that are looked at to know what the largest carries: those far from the frames of the list, the most, are alike. */
const LOOKED_AT = 16;

/** The most frames that a chunk of a scene carries, without planning all of them. */
function mostOfScene(reach: FrameReach, scene: Scene, size: number): number {
  const frames = scene.to - scene.from;
  const count = Math.ceil(frames / size);
  if (count <= LOOKED_AT)
    return Math.max(...planChunks(reach, [scene], size).map(({ carried }) => carried.length));
  const length = Math.ceil(frames / count);
  const carried = spread(count, LOOKED_AT).map((i) => {
    const from = scene.from + Math.min(Math.round((i * frames) / count), frames - length);
    return chunkOf(reach, [scene], { from, to: from + length }).carried.length;
  });
  return Math.max(...carried);
}

/** The most frames that a chunk of a clip carries, without planning all of them. */
export function mostCarried(reach: FrameReach, scenes: readonly Scene[], size: number): number {
  return Math.max(...scenes.map((scene) => mostOfScene(reach, scene, size)));
}

/** The axis of a graph's input along which its frames lie, −1 where it has none: what it is fed there is cut with the clip. */
export function frameAxis({ shape }: Port): number {
  return shape.findIndex(
    (dim) => typeof dim !== "number" && dim.factor === 1 && dim.symbols.join() === "frames",
  );
}
