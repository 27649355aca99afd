import type { FrameList, FrameRef } from "../attention/index.ts";
import { FateZeroError } from "../errors.ts";

function frameRef(entry: unknown): FrameRef {
  if (Number.isInteger(entry)) return entry as number;
  if (entry === "middle") return "mid";
  if (entry === "first" || entry === "mid" || entry === "last") return entry;
  throw badList(`holds ${JSON.stringify(entry)}, which is no frame`);
}

function badList(what: string): FateZeroError {
  return new FateZeroError(
    "frame-list",
    `SparseCausalAttention_index ${what}.`,
    'It should be a list of "first", "mid", "last" and offsets such as -1.',
  );
}

/**
 * Frames that self-attention looks at, from the authors' `SparseCausalAttention_index`; undefined where there is none, so
 * that the default of the mode applies.
 *
 * @throws FateZeroError `frame-list`
 */
export function frameListOf(value: unknown): FrameList | undefined {
  if (value === undefined || value === null || value === "None") return undefined;
  if (Array.isArray(value)) return value.map(frameRef);
  throw badList(`is ${JSON.stringify(value)}`);
}
