import { MAX_WINDOW } from "./limits.ts";

/** Windows in which a long clip is computed, each as a clip of its own: at most so many frames, of which the next one shares the last. */
export interface FrameWindow {
  readonly frames: number;
  readonly overlap: number;
}

/** Windows as they are best where a clip is long, none, or of this size. */
export type Windowing = "auto" | "off" | FrameWindow;

/** Frames that windows share where only their length is given. */
export const overlapOf = (frames: number): number => Math.floor(frames / 4);

/** Whether something says how long windows are, and what they share: less than all. */
export function isFrameWindow(value: unknown): value is FrameWindow {
  const { frames, overlap } = { ...(value as Partial<FrameWindow> | null) };
  const isCount = (count: unknown, least: number, most: number): boolean =>
    Number.isInteger(count) && (count as number) >= least && (count as number) <= most;
  return isCount(frames, 1, MAX_WINDOW) && isCount(overlap, 0, (frames as number) - 1);
}

/** As a person writes it: `16:4`. */
export const windowText = ({ frames, overlap }: FrameWindow): string => `${frames}:${overlap}`;
