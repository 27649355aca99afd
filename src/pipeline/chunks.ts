import {
  type FrameChunk,
  type FrameReach,
  frameReach,
  marginOf,
  mostCarried,
  mostInWindow,
  planChunks,
  planWindows,
  scenesOf,
  wholeChunk,
} from "../attention/index.ts";
import { attentionSites } from "../model/index.ts";
import type { MethodSettings } from "./method.ts";
import type { Model } from "./model.ts";

/** Frames that the UNet computes at a time where nothing is asked for (`npm run bench:scale`, docs/long-clips.md). */
const FRAMES_AT_ONCE = 8;
/** The same for lists whose chunks carry a margin along: so many times the margin, which is then a fifth of the work. */
const MARGINS_AT_ONCE = 4;

/** What chunks depend on. */
type Computed = Pick<Model, "unet" | "tuned" | "chunk">;

/** Whether the frames of a clip can be computed a few at a time to the same result: layers over time and statistics over the clip take all. */
export function runsInChunks({ tuned }: Pick<Model, "tuned">, { groupNorm }: MethodSettings): boolean {
  return groupNorm === "frame" && !tuned;
}

function reachIn({ unet }: Pick<Model, "unet">, { attend }: MethodSettings): FrameReach {
  return frameReach(
    attend,
    attentionSites(unet).map(({ channels }) => channels),
  );
}

/** All frames of a clip as one chunk. */
function wholeClip(model: Computed, settings: MethodSettings, frames: number): FrameChunk {
  return wholeChunk(reachIn(model, settings), scenesOf(frames, settings.cuts));
}

/** Frames that a chunk has of its own, at most. */
function chunkSize({ chunk }: Pick<Model, "chunk">, reach: FrameReach): number {
  return chunk === "auto" ? Math.max(FRAMES_AT_ONCE, MARGINS_AT_ONCE * marginOf(reach)) : chunk;
}

/** The chunks or windows in which the UNet computes a clip of so many frames. */
export function chunksOf(model: Computed, settings: MethodSettings, frames: number): readonly FrameChunk[] {
  const { cuts, window } = settings;
  if (window) return planWindows(reachIn(model, settings), scenesOf(frames, cuts), window);
  if (!runsInChunks(model, settings)) return [wholeClip(model, settings, frames)];
  const reach = reachIn(model, settings);
  return planChunks(reach, scenesOf(frames, cuts), chunkSize(model, reach));
}

/** The most frames that the UNet computes at a time of a clip of so many. */
export function framesAtOnce(model: Computed, settings: MethodSettings, frames: number): number {
  const { cuts, window } = settings;
  if (window) return mostInWindow(scenesOf(frames, cuts), window);
  if (!runsInChunks(model, settings)) return frames;
  const reach = reachIn(model, settings);
  return mostCarried(reach, scenesOf(frames, cuts), chunkSize(model, reach));
}
