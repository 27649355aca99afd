import { FateZeroError } from "./errors.ts";

/** Callers without types may give anything. Throws FateZeroError `bad-argument` unless `value` is a text with something in it. */
export function requireText(value: unknown, call: string, what: string): void {
  if (typeof value === "string" && value !== "") return;
  const given = value === "" ? "an empty text" : value === undefined ? "nothing" : `a ${typeof value}`;
  throw new FateZeroError(
    "bad-argument",
    `${call} was given ${given} as ${what}.`,
    `Give ${what} as a text.`,
  );
}
