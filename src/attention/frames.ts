import { shownJson } from "../json.ts";
import { MAX_ATTENDED, MAX_FRAME_OFFSET } from "../limits.ts";
import { type IntTensor, intTensor } from "../tensor/index.ts";

/** A frame that queries attend to: an offset from their own (clamped to the scene), or a fixed place in the scene. */
export type FrameRef = number | "first" | "mid" | "last";

/** Frames whose keys and values are concatenated, in this order. Empty: each frame attends to itself only. */
export type FrameList = readonly FrameRef[];

const isFrameRef = (entry: unknown): entry is FrameRef =>
  (Number.isInteger(entry) && Math.abs(entry as number) <= MAX_FRAME_OFFSET) ||
  entry === "first" ||
  entry === "mid" ||
  entry === "last";

/** Why something cannot be a list of frames to look at, after "it"; null where it can. */
export function frameListFault(list: unknown): string | null {
  if (!Array.isArray(list)) return `is ${shownJson(list)}, no list of frames`;
  if (list.length > MAX_ATTENDED) return `has ${list.length} frames, more than ${MAX_ATTENDED}`;
  const wrong = list.findIndex((entry) => !isFrameRef(entry));
  return wrong < 0 ? null : `holds ${shownJson(list[wrong])}, which is no frame`;
}

/**
 * Which blocks attend across frames (paper Eq. 8). The released configs restrict it to wide blocks by
 * `least_sc_channel`.
 */
export interface AttendRule {
  readonly frames: FrameList;
  /** Blocks with fewer channels attend within their own frame. @default 0 */
  readonly leastChannels?: number;
}

/** The frames that a block's queries attend to; `[0]` is the same as none. */
export function framesOfSite(rule: AttendRule, channels: number): FrameList {
  if (channels < (rule.leastChannels ?? 0)) return [];
  return rule.frames.length === 1 && rule.frames[0] === 0 ? [] : rule.frames;
}

/** Frames between two cuts. */
export interface Scene {
  readonly from: number;
  /** Past its last frame. */
  readonly to: number;
}

/** The scenes of a clip of so many frames, by the first frames of those after the first. */
export function scenesOf(frames: number, cuts: readonly number[] = []): readonly Scene[] {
  const borders = [0, ...cuts, frames];
  return borders.slice(1).map((to, i) => ({ from: borders[i]!, to }));
}

function resolve(ref: FrameRef, frame: number, { from, to }: Scene): number {
  switch (ref) {
    case "first":
      return from;
    case "mid":
      return from + ((to - from - 1) >> 1);
    case "last":
      return to - 1;
    default:
      return Math.min(Math.max(frame + ref, from), to - 1);
  }
}

/** The frames of a clip that one of a scene attends to, all of the same scene, in the order of the list. */
export function framesAttended(list: FrameList, frame: number, scene: Scene): number[] {
  return list.map((ref) => resolve(ref, frame, scene));
}

/** Absolute frame numbers [frames, list length] of a clip of one scene, as the graph's gather takes them. */
export function frameIndices(list: FrameList, frames: number): IntTensor {
  const scene = { from: 0, to: frames };
  const rows = Array.from({ length: frames }, (_, frame) => framesAttended(list, frame, scene));
  return intTensor([frames, list.length], rows.flat());
}
