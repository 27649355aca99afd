import { BASELINES, type BaselineMethod } from "../../baselines/index.ts";
import { askedFields, CLIP, type EditMethod, type FieldKey, MODEL } from "../../request/index.ts";
import { leaveOut, say, the } from "../../say.ts";
import type { OneEdit } from "../edits/variants.ts";
import { usageError } from "../usage.ts";

/** Fields that mean the same whatever a clip is edited by. */
const SHARED = [
  ...["input", "source", "target", "out", "method", "audio", "compare", "resume"],
  ...["steps", "guidance", ...Object.keys(CLIP), ...Object.keys(MODEL)],
] as readonly FieldKey[];

/** By what a request is edited, null for the paper's own method. */
export function baselineOf({
  method = "fatezero",
}: {
  readonly method?: EditMethod | undefined;
}): BaselineMethod | null {
  return method === "fatezero" ? null : method;
}

/** Refuses what the method of a request would not use. */
export function checkMethod(request: OneEdit): void {
  const { method = "fatezero", seed } = request;
  const baseline = baselineOf(request);
  if (baseline === null) {
    if (seed === undefined) return;
    throw usageError(
      say`${the("seed")} would have no effect: nothing is drawn at random by ${the("method", method)}.`,
      say`${leaveOut("seed")}.`,
    );
  }
  const takes: readonly FieldKey[] = [...SHARED, ...BASELINES[baseline].takes];
  const useless = askedFields(request).find((key) => !takes.includes(key));
  if (useless === undefined) return;
  throw usageError(
    say`${the(useless)} would have no effect with ${the("method", method)}, which works in its own way.`,
    say`${leaveOut(useless)}, or ${leaveOut("method")}.`,
  );
}

/** Options that a method takes beside those of all, as the request has them or as they are by default. */
export type OwnOptions = Pick<
  OneEdit,
  "negative" | "strength" | "seed" | "selfSteps" | "crossSteps" | "amplify" | "align" | "mask"
>;

export function ownOptions(request: OneEdit, method: BaselineMethod): OwnOptions {
  const { takes, defaults } = BASELINES[method];
  const given = (takes as readonly (keyof OwnOptions)[])
    .filter((key) => request[key] !== undefined)
    .map((key) => [key, request[key]] as const);
  return { ...defaults, ...Object.fromEntries(given) };
}
