/** Tokens of a sentence so far, and what they are worth. */
export interface Beam {
  readonly tokens: readonly number[];
  /** Sum of the logarithms of the probabilities of its tokens after the beginning. */
  readonly logProbability: number;
}

/** Logarithms of the probabilities of the next token, for each beginning of a sentence. */
export type NextTokens = (beginnings: readonly (readonly number[])[]) => Promise<readonly Float32Array[]>;

export interface SearchOptions {
  /** Beginnings followed at a time; 1 is greedy. */
  readonly beams: number;
  /** Tokens of a sentence at most, with those of its beginning. */
  readonly most: number;
  /** Token that ends a sentence. */
  readonly end: number;
}

/** Scores become probabilities of a row: x − log Σ exp x. */
export function logSoftmax(row: Float32Array): Float32Array {
  const most = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const log = most + Math.log(row.reduce((sum, value) => sum + Math.exp(value - most), 0));
  return row.map((value) => value - log);
}

/** The tokens of a sentence that are its own, the end among them. */
const lengthOf = ({ tokens }: Beam, begun: number): number => Math.max(1, tokens.length - begun);

/** The `count` largest entries of a row, by their places. */
function largest(row: Float32Array, count: number): number[] {
  const found: number[] = [];
  for (const [i, value] of row.entries()) {
    if (found.length === count && value <= row[found.at(-1)!]!) continue;
    const at = found.findIndex((other) => value > row[other]!);
    found.splice(at < 0 ? found.length : at, 0, i);
    if (found.length > count) found.pop();
  }
  return found;
}

/**
 * Sentences that a network finds likely, best first by the mean logarithm of their tokens' probabilities: greedy with one
 * beam, else beam search (each beam goes on with its likeliest tokens, the likeliest of all are kept).
 */
export async function searchCaptions(
  start: readonly number[],
  next: NextTokens,
  { beams, most, end }: SearchOptions,
): Promise<readonly Beam[]> {
  const begun = start.length;
  const worth = (beam: Beam): number => beam.logProbability / lengthOf(beam, begun);
  const done: Beam[] = [];
  let open: readonly Beam[] = [{ tokens: start, logProbability: 0 }];
  while (open.length > 0) {
    if (open[0]!.tokens.length >= most) {
      done.push(...open);
      break;
    }
    const rows = await next(open.map(({ tokens }) => tokens));
    const grown = open
      .flatMap(({ tokens, logProbability }, i) =>
        // One more than is kept, since the end is none to go on with.
        largest(rows[i]!, beams + 1).map((token) => ({
          tokens: [...tokens, token],
          logProbability: logProbability + rows[i]![token]!,
        })),
      )
      .sort((a, b) => b.logProbability - a.logProbability);
    // A sentence ends where its end is among the likeliest, as greedy search has it.
    done.push(...grown.slice(0, beams).filter(({ tokens }) => tokens.at(-1) === end));
    open = grown.filter(({ tokens }) => tokens.at(-1) !== end).slice(0, beams);
    done.sort((a, b) => worth(b) - worth(a)).splice(beams);
    const isEnough = done.length === beams && (beams === 1 || worth(done.at(-1)!) >= worth(open[0]!));
    if (isEnough) break;
  }
  return done.sort((a, b) => worth(b) - worth(a)).slice(0, beams);
}
