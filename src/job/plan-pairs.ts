import { defined } from "../defined.ts";
import { makesTarget } from "../edit/index.ts";
import { FateZeroError } from "../errors.ts";
import { isJsonObject, readJson } from "../json.ts";
import { readText } from "../read-text.node.ts";
import { askedFields, type PlanRequest } from "../request/index.ts";
import { add, leaveOut, say, the } from "../say.ts";
import type { Single } from "./edits/variants.ts";
import { usageError } from "./usage.ts";

/** A sentence that describes a video, and one that says what it shall show instead. */
export interface PromptPair {
  readonly source: string;
  readonly target: string;
}

/** A pair as it was asked for: an edit that makes its target has none yet. */
export interface AskedPair {
  readonly source: string;
  readonly target: string | null;
}

function badPairs(file: string, what: string): FateZeroError {
  const remedy = 'Write an array of {"source": "a red car", "target": "a blue car"}.';
  return new FateZeroError("bad-pairs", `"${file}" ${what}.`, remedy);
}

async function readPairsJson(file: string): Promise<unknown> {
  const text = await readText(file, (cause) => {
    const why = cause.code === "EISDIR" ? "is a folder" : "cannot be read";
    return new FateZeroError("bad-pairs", `"${file}" ${why}.`, "Check the path.", { cause });
  });
  const read = readJson(text);
  if (read.fault !== null) throw badPairs(file, read.fault);
  return read.value;
}

/** Reads a file of pairs; what else an entry says is left alone. Throws FateZeroError `bad-pairs` naming the entry. */
async function readPairs(file: string): Promise<readonly PromptPair[]> {
  const value = await readPairsJson(file);
  if (!Array.isArray(value)) throw badPairs(file, "holds no array");
  if (value.length === 0) throw badPairs(file, "holds no pairs");
  return value.map((entry: unknown, i) => {
    const { source, target } = isJsonObject(entry) ? entry : {};
    if (typeof source === "string" && typeof target === "string") return { source, target };
    const lacks = typeof source === "string" ? "target" : "source";
    throw badPairs(file, `has no "${lacks}" with a sentence in entry ${i + 1} of ${value.length}`);
  });
}

/** Throws FateZeroError `empty-prompt` on a pair that lacks words, as the command line refuses them. */
export function checkSentences(pair: AskedPair): void {
  for (const name of ["source", "target"] as const)
    if (pair[name]?.trim() === "")
      throw new FateZeroError("empty-prompt", `The ${name} of the pair is empty.`, "Write a sentence.");
}

/** The pairs of a file. Throws usage errors on what is said beside it. */
export async function pairsOfFile(
  pairs: string,
  { source, target, sweep }: Pick<PlanRequest, "source" | "target" | "sweep">,
): Promise<readonly AskedPair[]> {
  const [field] = askedFields(defined({ source, target, sweep }));
  if (field === undefined) return await readPairs(pairs);
  throw usageError(
    say`${the(field)} would have no effect: ${the("pairs")} names the ${field === "sweep" ? "edits" : "sentences"}.`,
    say`${leaveOut(field)}, or ${leaveOut("pairs")}.`,
  );
}

/** The pair of a request without a file of them. */
export function pairOf({ source, target, ...knobs }: Single<PlanRequest>): AskedPair {
  const own = makesTarget(knobs);
  if (source !== undefined && (target !== undefined || own)) return { source, target: target ?? null };
  throw usageError(
    say`${the(source === undefined ? "source" : "target")} is missing.`,
    say`${add(source === undefined ? "source" : "target")}, or name a file of many with ${the("pairs")}.`,
  );
}
