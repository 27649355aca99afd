import { FateZeroError } from "../../errors.ts";
import { risingTimes } from "../rising-times.ts";
import type { Timing } from "../types.ts";

/**
 * When frame `index` of a clip begins, in seconds; past the last one, when it ends (and on from there at the clip's
 * rate).
 */
export function startTime({ fps, timestamps = [], duration = 0 }: Timing, index: number): number {
  const rest = index - timestamps.length;
  return rest < 0 ? timestamps[index]! : duration + rest / fps;
}

/** How a clip is to play, and whether its own times had to be put right for that. */
export type PlayTiming = Timing & { readonly isMended?: boolean };

/** Most frames a second: beyond, containers' clocks do not tell frames apart. */
const MOST_FPS = 100_000;

/**
 * How a clip of `count` frames (undefined: not known yet) is to play: at its own times if it has one for each frame,
 * else at its rate. Times that no container takes (equal, falling, not from 0) are put right, as after hours of work
 * nothing else would do; those that are no numbers give way to the rate. Throws FateZeroError `bad-fps`.
 */
export function playTiming(timing: Timing, count: number | undefined): PlayTiming {
  const { fps, timestamps, duration } = timing;
  if (!(fps > 0 && fps <= MOST_FPS)) {
    throw new FateZeroError(
      "bad-fps",
      `"fps" is ${fps}.`,
      `Give a number of frames a second above 0, at most ${MOST_FPS}.`,
    );
  }
  if (!timestamps?.length || (count !== undefined && count !== timestamps.length)) return { fps };
  const given = [...timestamps, duration ?? timestamps.at(-1)! + 1 / fps];
  if (!given.every(Number.isFinite)) return { fps, isMended: true };
  const reached: number[] = [];
  for (const time of given) reached.push(Math.max(time - given[0]!, reached.at(-1) ?? 0));
  const { times } = risingTimes(reached);
  const isMended = times.some((time, i) => time !== given[i]);
  return { fps, timestamps: times.slice(0, -1), duration: times.at(-1)!, ...(isMended ? { isMended } : {}) };
}
