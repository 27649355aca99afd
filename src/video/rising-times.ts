/** A longer pause between two frames is a jump of the clock, not a pause: no clip that is edited stands still so long. */
const LONGEST_PAUSE_S = 3600;
/** Closest that two frames may follow each other: what mkv and webm can tell apart. */
const LEAST_GAP_S = 1e-3;

/** Times put right. */
export interface RisingTimes {
  readonly times: readonly number[];
  /** Whether anything was put right. */
  readonly isMended: boolean;
  /** Whether the file's clock had jumped. */
  readonly hasJump: boolean;
}

/** The commonest distance between neighbours that rise; a 25th of a second where there is none. */
function usualGap(times: readonly number[]): number {
  const gaps = times
    .map((time, i) => time - (times[i - 1] ?? time))
    .filter((gap) => gap > 0 && gap <= LONGEST_PAUSE_S)
    .sort((a, b) => a - b);
  return gaps[gaps.length >> 1] ?? 1 / 25;
}

/** Closes pauses that are jumps: what comes after one follows at the usual distance. */
function withoutJumps(times: readonly number[], gap: number): number[] {
  let shift = 0;
  return times.map((time, i) => {
    const pause = i === 0 ? 0 : time - times[i - 1]!;
    if (pause > LONGEST_PAUSE_S) shift += pause - gap;
    return time - shift;
  });
}

/** Spreads frames that share a time evenly up to the next one, in place. */
function spreadOut(times: number[], gap: number): void {
  for (let begin = 0, end = 1; begin < times.length; begin = end++) {
    while (end < times.length && times[end]! - times[begin]! < 1e-9) end++;
    const first = times[begin]!;
    const step = Math.min(gap, ((times[end] ?? Infinity) - first) / (end - begin));
    for (let i = begin + 1; i < end; i++) times[i] = first + (i - begin) * step;
  }
}

/**
 * Start times of frames in the order of showing, as a player would have them: rising strictly. `sorted` may hold equal
 * ones, whose frames then share the time up to the next; a jump of more than an hour is closed. Times that rise already
 * come back as they are.
 */
export function risingTimes(sorted: readonly number[]): RisingTimes {
  const gaps = sorted.slice(1).map((time, i) => time - sorted[i]!);
  const hasJump = gaps.some((gap) => gap > LONGEST_PAUSE_S);
  if (!hasJump && gaps.every((gap) => gap >= LEAST_GAP_S / 2)) {
    return { times: sorted, isMended: false, hasJump };
  }
  const gap = usualGap(sorted);
  const times = withoutJumps(sorted, gap);
  spreadOut(times, gap);
  // A crowd without room to spread out moves what follows.
  for (let i = 1; i < times.length; i++) {
    times[i] = Math.max(times[i]!, times[i - 1]! + Math.min(gap, LEAST_GAP_S));
  }
  return { times, isMended: true, hasJump };
}
