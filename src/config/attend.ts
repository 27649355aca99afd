import { frameListFault } from "../attention/index.ts";
import { FateZeroError } from "../errors.ts";
import type { FrameList } from "../frame-list.ts";

function badList(what: string): FateZeroError {
  return new FateZeroError(
    "frame-list",
    `SparseCausalAttention_index ${what}.`,
    'It should be a list of "first", "mid", "last", offsets such as -1, and "spread:4".',
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
  const list: unknown = Array.isArray(value)
    ? value.map((entry: unknown) => (entry === "middle" ? "mid" : entry))
    : value;
  const fault = frameListFault(list);
  if (fault !== null) throw badList(fault);
  return list as FrameList;
}
