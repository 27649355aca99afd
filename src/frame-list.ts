import { MAX_FRAME_OFFSET } from "./limits.ts";

/**
 * Frames that queries attend to: an offset from their own (clamped to the scene), a fixed place in the scene, or with `spread:N` the
 * middles of N equal parts of the scene, all of them. `spread:1` is `mid`.
 */
export type FrameRef = number | "first" | "mid" | "last" | `spread:${number}`;

/** Frames whose keys and values are concatenated, in this order. Empty: each frame attends to itself only. */
export type FrameList = readonly FrameRef[];

/** How many frames `spread:4` and the like name; null for anything else. */
export function spreadCount(entry: unknown): number | null {
  const [, digits] = /^spread:([1-9]\d{0,5})$/.exec(typeof entry === "string" ? entry : "") ?? [];
  return digits === undefined ? null : Number(digits);
}

/** Whether something names frames to attend to. */
export const isFrameRef = (entry: unknown): entry is FrameRef =>
  (Number.isInteger(entry) && Math.abs(entry as number) <= MAX_FRAME_OFFSET) ||
  entry === "first" ||
  entry === "mid" ||
  entry === "last" ||
  spreadCount(entry) !== null;

/** How many frames one attends to by a list. */
export function attendedCount(list: FrameList): number {
  return list.reduce<number>((sum, entry) => sum + (spreadCount(entry) ?? 1), 0);
}
