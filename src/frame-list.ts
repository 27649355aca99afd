import { MAX_FRAME_OFFSET } from "./limits.ts";

/**
 * Frames that queries attend to. One: an offset from their own (clamped to the scene), or a fixed place in the scene. For a long
 * one: with `spread:N` the middles of N equal parts of the scene, all of them; with `every:N` of as many parts as come nearest to N
 * frames each the middle of their own. `spread:1`, and `every:N` of a short scene, are `mid`.
 */
export type FrameRef = number | "first" | "mid" | "last" | `spread:${number}` | `every:${number}`;

/** Frames whose keys and values are concatenated, in this order. Empty: each frame attends to itself only. */
export type FrameList = readonly FrameRef[];

/** What `spread:4` and `every:24` say; null for anything else. */
export function anchorsOf(entry: unknown): { readonly kind: "spread" | "every"; readonly n: number } | null {
  const [, kind, digits] =
    /^(spread|every):([1-9]\d{0,5})$/.exec(typeof entry === "string" ? entry : "") ?? [];
  return digits === undefined ? null : { kind: kind as "spread" | "every", n: Number(digits) };
}

/** Whether something names frames to attend to. */
export const isFrameRef = (entry: unknown): entry is FrameRef =>
  (Number.isInteger(entry) && Math.abs(entry as number) <= MAX_FRAME_OFFSET) ||
  entry === "first" ||
  entry === "mid" ||
  entry === "last" ||
  anchorsOf(entry) !== null;

/** How many frames one attends to by a list. */
export function attendedCount(list: FrameList): number {
  return list.reduce<number>((sum, entry) => {
    const anchors = anchorsOf(entry);
    return sum + (anchors?.kind === "spread" ? anchors.n : 1);
  }, 0);
}
