import { FateZeroError } from "../../src/errors.ts";
import { isPrintable, printableMessage } from "../../src/printable.ts";
import { type Random, seeded } from "./random.ts";

/** One way of going wrong, tried with random cases. */
export interface Kind {
  readonly name: string;
  /** What one case tries, for the report of a fault. Throws what the program throws, or a `Fault` of its own. */
  readonly run: (random: Random, folder: string) => Promise<string>;
  /** Seconds that a case may take. @default 20 */
  readonly seconds?: number;
}

/** Something that should not be. */
export class Fault extends Error {}

/** Bytes that this process may grow by in one case. */
const GROWTH = 1.5e9;

/** What is wrong with the way in which a case ended; null where nothing is. */
export function faultOf(error: unknown): string | null {
  if (error instanceof Fault) return error.message;
  if (!(error instanceof FateZeroError))
    return `not an error on purpose: ${error instanceof Error ? error.stack : error}`;
  if (error.message.length > 10_000) return `a message of ${error.message.length} characters`;
  if (!isPrintable(printableMessage(error.message))) return "a message that a terminal obeys";
  if (error.remedy === "") return "no remedy";
  return null;
}

export interface Outcome {
  readonly kind: string;
  readonly cases: number;
  /** Cases that ended in an error on purpose. */
  readonly refused: number;
  readonly faults: readonly string[];
}

/** Runs cases of a kind until so many are done or the time is over. Every case has a seed of its own, which makes it again. */
export async function torture(
  kind: Kind,
  folder: string,
  { cases, until, seed }: { readonly cases: number; readonly until: number; readonly seed: number },
): Promise<Outcome> {
  const faults: string[] = [];
  let done = 0;
  let refused = 0;
  for (; done < cases && Date.now() < until; done++) {
    const own = seed + done;
    const before = process.memoryUsage().rss;
    const began = performance.now();
    let fault: string | null = null;
    try {
      await kind.run(seeded(own), folder);
    } catch (error) {
      fault = faultOf(error);
      refused++;
    }
    const seconds = (performance.now() - began) / 1000;
    const grown = process.memoryUsage().rss - before;
    if (seconds > (kind.seconds ?? 20)) fault ??= `it took ${seconds.toFixed(0)} s`;
    if (grown > GROWTH) fault ??= `it took ${(grown / 1e9).toFixed(1)} GB`;
    if (fault !== null) faults.push(`${kind.name} --seed ${own}: ${fault}`);
  }
  return { kind: kind.name, cases: done, refused, faults };
}
