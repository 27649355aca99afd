/** A longer pause than this, and than so many usual ones, is a jump of the clock: no clip that is edited stands so still. */
const LONGEST_PAUSE_S = 3600;
const MOST_USUAL_PAUSES = 100;
/** No container counts further from one frame to the next. */
const LONGEST_OF_ALL_S = 65_000;
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

/** The middle one of the distances between neighbours that rise; a 25th of a second where there is none. */
function usualGap(gaps: readonly number[]): number {
  const rising = gaps.filter((gap) => gap > 0).sort((a, b) => a - b);
  return rising[rising.length >> 1] ?? 1 / 25;
}

/** Closes pauses that are jumps: what comes after one follows at the usual distance. */
function withoutJumps(times: readonly number[], gap: number, longest: number): number[] {
  let shift = 0;
  return times.map((time, i) => {
    const pause = i === 0 ? 0 : time - times[i - 1]!;
    if (pause > longest) shift += pause - gap;
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
  const gap = usualGap(gaps);
  const longest = Math.min(LONGEST_OF_ALL_S, Math.max(LONGEST_PAUSE_S, MOST_USUAL_PAUSES * gap));
  const hasJump = gaps.some((pause) => pause > longest);
  // Cameras of a thousand pictures a second and more have steady times, which are left to them.
  const least = gap < LEAST_GAP_S / 10 ? LEAST_GAP_S : Math.min(gap / 2, LEAST_GAP_S);
  if (!hasJump && gaps.every((pause) => pause >= 0.999 * least))
    return { times: sorted, isMended: false, hasJump };
  const times = withoutJumps(sorted, gap, longest);
  spreadOut(times, gap);
  // A crowd without room to spread out moves what follows.
  for (let i = 1; i < times.length; i++) {
    times[i] = Math.max(times[i]!, times[i - 1]! + least);
  }
  return { times, isMended: true, hasJump };
}
