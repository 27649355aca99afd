import { attendedCount, type FrameList, type FrameRef, isFrameRef, spreadCount } from "../frame-list.ts";
import { shownJson } from "../json.ts";
import { MAX_ATTENDED } from "../limits.ts";
import { type IntTensor, intTensor } from "../tensor/index.ts";

/** Why something cannot be a list of frames to look at, after "it"; null where it can. */
export function frameListFault(list: unknown): string | null {
  if (!Array.isArray(list)) return `is ${shownJson(list)}, no list of frames`;
  if (list.length > MAX_ATTENDED) return `has ${list.length} frames, more than ${MAX_ATTENDED}`;
  const wrong = list.findIndex((entry) => !isFrameRef(entry));
  if (wrong >= 0) return `holds ${shownJson(list[wrong])}, which is no frame`;
  const count = attendedCount(list);
  return count > MAX_ATTENDED ? `has ${count} frames, more than ${MAX_ATTENDED}` : null;
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

/** The earlier middle of each of n equal parts of a scene. */
function middles({ from, to }: Scene, n: number): readonly number[] {
  const borders = Array.from({ length: n + 1 }, (_, i) => from + Math.floor((i * (to - from)) / n));
  return borders.slice(1).map((end, i) => borders[i]! + Math.max(0, (end - borders[i]! - 1) >> 1));
}

function resolve(ref: FrameRef, frame: number, scene: Scene): readonly number[] {
  const { from, to } = scene;
  if (typeof ref === "number") return [Math.min(Math.max(frame + ref, from), to - 1)];
  if (ref === "first") return [from];
  if (ref === "last") return [to - 1];
  return middles(scene, spreadCount(ref) ?? 1);
}

/** The frames of a clip that one of a scene attends to, all of the same scene, in the order of the list. */
export function framesAttended(list: FrameList, frame: number, scene: Scene): number[] {
  return list.flatMap((ref) => resolve(ref, frame, scene));
}

/** Absolute frame numbers [frames, list length] of a clip of one scene, as the graph's gather takes them. */
export function frameIndices(list: FrameList, frames: number): IntTensor {
  const scene = { from: 0, to: frames };
  const rows = Array.from({ length: frames }, (_, frame) => framesAttended(list, frame, scene));
  return intTensor([frames, attendedCount(list)], rows.flat());
}
