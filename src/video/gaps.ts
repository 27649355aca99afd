/** A stretch without a frame, in seconds. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/** Shortest pause that is noticed. */
const PAUSE_S = 0.5;
/** Part of the frames that follow each other at the usual distance in a video that is steady but for gaps. */
const STEADY = 0.9;

/** The longest pause among the frames from the first to the last of `indices`, in a video that is steady otherwise. */
export function gapIn(times: readonly number[], indices: readonly number[]): Gap | undefined {
  const part = times.slice(indices[0], indices.at(-1)! + 1);
  const gaps = part.slice(1).map((time, i) => time - part[i]!);
  const usual = [...gaps].sort((a, b) => a - b)[gaps.length >> 1];
  if (usual === undefined) return undefined;
  const isUsual = gaps.filter((gap) => Math.abs(gap - usual) < 0.2 * usual).length >= STEADY * gaps.length;
  const longest = gaps.reduce((best, gap, i) => (gap > gaps[best]! ? i : best), 0);
  const isPause = gaps[longest]! > Math.max(PAUSE_S, 5 * usual);
  return isUsual && isPause ? { from: part[longest]! + usual, to: part[longest + 1]! } : undefined;
}
