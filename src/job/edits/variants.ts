import { defined } from "../../defined.ts";
import { FateZeroError } from "../../errors.ts";
import { MAX_SWEPT_EDITS } from "../../limits.ts";
import { count } from "../../quantity.ts";
import {
  type EditRequest,
  type PlanRequest,
  type Sweep,
  type SweptField,
  sweptName,
  sweptValue,
} from "../../request/index.ts";
import { leaveOut, say, the } from "../../say.ts";
import { usageError } from "../usage.ts";

/** A request of one edit, where the one that it was made of may ask for several. */
export type Single<R> = Omit<R, "target" | "sweep"> & { readonly target?: string | undefined };
/** What is asked of one edit. */
export type OneEdit = Single<EditRequest>;

/** A value that a swept option has in one of the edits, as it would be given. */
interface SweptValue {
  readonly name: string;
  readonly value: string;
}

/** One of the edits that a request asks for. */
export interface Variant<R> {
  readonly request: R;
  /** Empty where nothing is swept. */
  readonly swept: readonly SweptValue[];
}

type Values = readonly (readonly [field: SweptField, value: unknown])[];

/** The values that every edit has of what is swept: of two sweeps each pair, the last one first to change. */
function valuesOf(sweeps: readonly Sweep[]): readonly Values[] {
  let all: readonly Values[] = [[]];
  for (const { field, values } of sweeps)
    all = all.flatMap((before) => values.map((value): Values => [...before, [field, value]]));
  return all;
}

/** Refuses, before any work, more edits than one command makes, and a knob that is both set and swept. */
function check(request: object, targets: number, sweeps: readonly Sweep[]): void {
  const given: Partial<Record<string, unknown>> = { ...request };
  const twice = sweeps.find(({ field }) => given[field] !== undefined);
  if (twice)
    throw usageError(
      say`${the(twice.field)} would have no effect: ${the("sweep")} gives it one value after the other.`,
      say`${leaveOut(twice.field)}, or its sweep.`,
    );
  const edits = sweeps.reduce((product, { values }) => product * values.length, targets);
  if (edits <= MAX_SWEPT_EDITS) return;
  const factors = [
    ...(targets > 1 ? [count(targets, "target")] : []),
    ...sweeps.map(({ field, values }) => `${values.length} values of ${sweptName(field)}`),
  ];
  throw usageError(
    `${factors.join(" times ")} are ${edits} edits, and one command makes at most ${MAX_SWEPT_EDITS}.`,
    "Leave some out, or invert once (fatezero invert) and edit the inversion in several commands.",
  );
}

/**
 * The edits that a request asks for, in their order: one for each target and each value of what is swept. Throws usage
 * errors.
 */
export function variantsOf<R extends Pick<PlanRequest, "target" | "sweep">>(
  request: R,
): readonly Variant<Single<R>>[] {
  const { target, sweep = [], ...rest } = request;
  const given = target === undefined ? [] : [target].flat();
  check(request, Math.max(1, given.length), sweep);
  const targets = given.length === 0 ? [undefined] : given;
  return targets.flatMap((one) =>
    valuesOf(sweep).map((values) => ({
      request: { ...rest, ...defined({ target: one }), ...Object.fromEntries(values) },
      swept: values.map(([field, value]) => ({ name: sweptName(field), value: sweptValue(field, value) })),
    })),
  );
}

/** The values of what is swept in words: `self-steps 0.2, guidance 5`; empty where nothing is. */
export function sweptText({ swept }: Pick<Variant<unknown>, "swept">): string {
  return swept.map(({ name, value }) => `${name} ${value}`).join(", ");
}

/** An error about one edit of several, told with its place and what it is. */
export function inEdit(error: unknown, title: string): unknown {
  if (!(error instanceof FateZeroError)) return error;
  const { what, remedy } = error.said;
  return new FateZeroError(error.code, say`${title}: ${[what].flat()}`, remedy, { cause: error });
}
