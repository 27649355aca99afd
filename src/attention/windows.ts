import type { FrameWindow } from "../frame-window.ts";
import { type FloatTensor, floatTensor, sizeOf } from "../tensor/index.ts";
import { chunkOf, type FrameChunk, type FrameReach } from "./chunks.ts";
import type { Scene } from "./frames.ts";

/**
 * A clip in windows that overlap, for networks with layers over time, in which every frame depends on all others. Each window is
 * computed as a clip of its own, and what windows say of the frames that they share is blended, in every run of the network
 * (Wang et al. 2023, Gen-L-Video, temporal co-denoising; Bar-Tal et al. 2023, MultiDiffusion). The result is not what the whole
 * clip would give, and no network sees more frames at once than a window has. No window reaches across a cut.
 */

/** The windows of a scene, as equal as can be; each but the first begins `overlap` frames before the last one ends. */
function partsOf({ from, to }: Scene, { frames, overlap }: FrameWindow): readonly Scene[] {
  const advanced = to - from - overlap;
  const count = to - from <= frames ? 1 : Math.ceil(advanced / (frames - overlap));
  const border = (i: number): number => from + Math.round((i * advanced) / count);
  return Array.from({ length: count }, (_, i) => ({ from: border(i), to: border(i + 1) + overlap }));
}

/** What a frame would count in a window by itself: it rises over the frames shared with the one before, and falls over those shared with the next. */
function rampAt(parts: readonly Scene[], index: number, frame: number, overlap: number): number {
  const { from, to } = parts[index]!;
  const rise = index === 0 ? 1 : (frame - from + 1) / (overlap + 1);
  const fall = index === parts.length - 1 ? 1 : (to - frame) / (overlap + 1);
  return Math.min(1, rise, fall);
}

/** The shares of a window's frames. Where more than two windows have one, as of overlaps of over half a window, all are scaled to one. */
function weightsOf(parts: readonly Scene[], index: number, overlap: number): readonly number[] {
  const { from, to } = parts[index]!;
  return Array.from({ length: to - from }, (_, i) => {
    const frame = from + i;
    const own = rampAt(parts, index, frame, overlap);
    let all = 0;
    // Windows that have the frame lie side by side.
    for (let k = index; k >= 0 && parts[k]!.to > frame; k--) all += rampAt(parts, k, frame, overlap);
    for (let k = index + 1; k < parts.length && parts[k]!.from <= frame; k++)
      all += rampAt(parts, k, frame, overlap);
    return own / all;
  });
}

/** The windows of a clip's scenes. In each, `first`, `mid`, `last` and offsets are those of the window. */
export function planWindows(
  reach: FrameReach,
  scenes: readonly Scene[],
  window: FrameWindow,
): readonly FrameChunk[] {
  return scenes.flatMap((scene) => {
    const parts = partsOf(scene, window);
    return parts.map((part, i) => ({
      ...chunkOf(reach, [part], part),
      weights: weightsOf(parts, i, window.overlap),
    }));
  });
}

/** The most frames that a window of a clip has. */
export function mostInWindow(scenes: readonly Scene[], window: FrameWindow): number {
  return scenes
    .flatMap((scene) => partsOf(scene, window))
    .reduce((most, { from, to }) => Math.max(most, to - from), 0);
}

/** What the chunks of a clip say of their own frames, each [own frames, …], as one tensor of all frames: side by side, and blended where they overlap. */
export function joinFrames(chunks: readonly FrameChunk[], parts: readonly FloatTensor[]): FloatTensor {
  const rest = parts[0]!.shape.slice(1);
  const size = sizeOf(rest);
  const joined = floatTensor([chunks.at(-1)!.to, ...rest]);
  for (const [k, { from, to, weights }] of chunks.entries()) {
    const { data } = parts[k]!;
    for (let frame = from; frame < to; frame++) {
      const row = data.subarray((frame - from) * size, (frame - from + 1) * size);
      const weight = weights?.[frame - from] ?? 1;
      const at = frame * size;
      if (weight === 1) joined.data.set(row, at);
      else for (let i = 0; i < size; i++) joined.data[at + i]! += weight * row[i]!;
    }
  }
  return joined;
}
