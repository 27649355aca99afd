import { FateZeroError } from "../errors.ts";

const CLOCK = /^(?:(?:(\d+):)?(\d{1,2}):)?(\d+(?:\.\d*)?|\.\d+)$/;

/**
 * Seconds of a time given as seconds (`"12"`, `"12.5"`) or as a clock shows it (`"0:12"`, `"1:02:03.5"`); in the
 * latter, seconds and (with hours) minutes stay below 60. Throws FateZeroError `bad-time`.
 */
export function parseTime(text: string): number {
  const match = CLOCK.exec(text.trim());
  const [, hours, minutes, seconds] = match ?? [];
  const carries =
    (minutes !== undefined && Number(seconds) >= 60) || (hours !== undefined && Number(minutes) >= 60);
  if (!match || carries) {
    throw new FateZeroError(
      "bad-time",
      `"${text}" is not a time.`,
      'Give seconds ("12.5") or a clock time ("0:12", "1:02:03.5").',
    );
  }
  return Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds);
}

/** Seconds of a time in either form. Throws FateZeroError `bad-time`, naming the option. */
export function toSeconds(name: string, time: number | string): number {
  const seconds = typeof time === "string" ? parseTime(time) : time;
  if (Number.isFinite(seconds) && seconds >= 0) return seconds;
  throw new FateZeroError("bad-time", `"${name}" is ${time}, which is no time.`, "Give seconds from 0 up.");
}

/** Seconds for a message: at most three decimals. */
export function showSeconds(seconds: number): string {
  return `${Number(seconds.toFixed(3))} s`;
}
