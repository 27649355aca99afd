/** Choosing settings without fitting them to the clips that they are measured on. */

/** What some settings reach on one case. */
export interface Outcome {
  readonly clip: string;
  readonly case: string;
  /** dB won in the part that should change. */
  readonly gain: number;
  /** PSNR in dB of the part that should stay, null where everything changes. */
  readonly kept: number | null;
}

export interface Candidate {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly outcomes: readonly Outcome[];
}

/** dB that are not worth an odd value, and not more than what another choice of clips would move. */
const SLACK = 0.15;

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** What an outcome is worth in dB: a decibel in either part counts the same. */
const worthOf = ({ gain, kept }: Outcome): number => (kept === null ? gain : (gain + kept) / 2);

/** Items that have the same key, in the order in which their keys first appear. */
export function groupBy<T>(items: readonly T[], key: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return [...groups.values()];
}

/** Mean over the clips, each of which counts once, however many cases it has. */
export function worth(outcomes: readonly Outcome[]): number {
  return mean(groupBy(outcomes, ({ clip }) => clip).map((of) => mean(of.map(worthOf))));
}

/** Digits that a setting's numbers need: 7.5 → 2, 0.35 → 2, 8 → 1, 1 → 0. */
function oddness(settings: Candidate["settings"]): number {
  const digits = (value: number): number =>
    value === 1
      ? 0
      : String(value)
          .replace(/^0?\.?0*/, "")
          .replace(".", "").length;
  return Object.values(settings).reduce<number>(
    (sum, value) => sum + (typeof value === "number" ? digits(value) : 0),
    0,
  );
}

/** The best candidate by these outcomes, or a rounder one that is as good as that. */
export function choose(
  candidates: readonly Candidate[],
  counts: (outcome: Outcome) => boolean = () => true,
): Candidate {
  const rated = candidates.map((candidate) => ({
    candidate,
    worth: worth(candidate.outcomes.filter(counts)),
    oddness: oddness(candidate.settings),
  }));
  const best = Math.max(...rated.map((one) => one.worth));
  const good = rated.filter((one) => one.worth >= best - SLACK);
  good.sort((a, b) => a.oddness - b.oddness || b.worth - a.worth);
  return good[0]!.candidate;
}

/** For each clip: what is chosen by all others, and how that does on it. */
export function leaveOneOut(candidates: readonly Candidate[]): {
  readonly clip: string;
  readonly chosen: Candidate;
  readonly outcomes: readonly Outcome[];
}[] {
  const clips = [...new Set(candidates.flatMap(({ outcomes }) => outcomes.map(({ clip }) => clip)))];
  return clips.map((clip) => {
    const chosen = choose(candidates, (outcome) => outcome.clip !== clip);
    return { clip, chosen, outcomes: chosen.outcomes.filter((outcome) => outcome.clip === clip) };
  });
}
