import { FateZeroError } from "../../errors.ts";
import { say } from "../../say.ts";
import type { Gap } from "../gaps.ts";
import { showSeconds } from "../time.ts";
import type { VideoWarning } from "../types.ts";

/** What there is of a file that should have more. */
export interface There {
  readonly name: string;
  /** When the frames that are there begin, in seconds. */
  readonly times: readonly number[];
  /** What the file's header says that there is, in frames or seconds. */
  readonly announced: { readonly frames?: number | undefined; readonly duration?: number };
}

function howMuch({ name, times, announced }: There): string {
  const { frames = 0, duration } = announced;
  const count = frames > times.length ? `${times.length} of ${frames}` : times.length;
  const end = `up to ${showSeconds(times.at(-1)!)}${duration === undefined ? "" : ` of ${showSeconds(duration)}`}`;
  return `"${name}" is cut off or damaged at its end: ${count} frames are there, ${end}`;
}

export function cutOff(there: There): VideoWarning {
  return { code: "video-cut-off", message: `${howMuch(there)}. These are taken.` };
}

/** An error about a range that is not there, with why it is not. */
export function tooFewThere(there: There, error: unknown): unknown {
  if (!(error instanceof FateZeroError)) return error;
  const { what, remedy } = error.said;
  return new FateZeroError("video-damaged", say`${howMuch(there)}. ${what}`, remedy, { cause: error });
}

export function framesMissing(
  { name, times }: There,
  missing: readonly number[],
  asked: number,
): VideoWarning {
  const first = missing[0]!;
  const message = `"${name}" is damaged: ${missing.length} of ${asked} frames cannot be decoded, the first of them frame ${first} (at ${showSeconds(times[first]!)}). The others are taken.`;
  return { code: "video-damaged", message };
}

/** A pause in a steady video. */
export function gapInside(name: string, { from, to }: Gap): VideoWarning {
  return {
    code: "video-gap",
    message: `"${name}" has no frames between ${showSeconds(from)} and ${showSeconds(to)}; it may be damaged there.`,
  };
}

/** An edit of the file's edit list that asks for another speed, which players do not follow either. */
export function editRate(name: string, rate: number): VideoWarning {
  const speed = rate === 0 ? "to stand still" : `to be shown at ${rate} times its speed`;
  return {
    code: "edit-rate-ignored",
    message: `"${name}" asks for a part of it ${speed} (edit list); its frames are taken as they are, as players do.`,
  };
}

export function clockJumps(name: string): VideoWarning {
  return {
    code: "times-mended",
    message: `The times of the frames of "${name}" jump by more than an hour; what comes after follows at the usual distance.`,
  };
}
