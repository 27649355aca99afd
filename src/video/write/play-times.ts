import { FateZeroError } from "../../errors.ts";
import type { Timing } from "../types.ts";

/**
 * When frame `index` of a clip begins, in seconds; past the last one, when it ends (and on from there at the clip's
 * rate).
 */
export function startTime({ fps, timestamps = [], duration = 0 }: Timing, index: number): number {
  const rest = index - timestamps.length;
  return rest < 0 ? timestamps[index]! : duration + rest / fps;
}

/**
 * How a clip of `count` frames (undefined: not known yet) is to play: at its own times if it has one for each frame,
 * else at its rate. Throws FateZeroError `bad-fps`, `bad-times`.
 */
export function playTiming(timing: Timing, count: number | undefined): Timing {
  const { fps, timestamps, duration } = timing;
  if (!(Number.isFinite(fps) && fps > 0)) {
    throw new FateZeroError("bad-fps", `"fps" is ${fps}.`, "Give a number of frames a second above 0.");
  }
  if (!timestamps?.length || (count !== undefined && count !== timestamps.length)) return { fps };
  const times = [...timestamps, duration ?? timestamps.at(-1)! + 1 / fps];
  const isRising = times.every((time, i) => Number.isFinite(time) && (i === 0 || time > times[i - 1]!));
  if (!isRising || times[0] !== 0) {
    throw new FateZeroError(
      "bad-times",
      "The times of the frames do not begin at 0 and rise up to the duration.",
      'Give rising "timestamps" from 0 and a "duration" after the last of them, in seconds, or neither.',
    );
  }
  return { fps, timestamps, duration: times.at(-1)! };
}
