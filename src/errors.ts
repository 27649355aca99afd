import type { ErrorCode } from "./error-codes.ts";
import { brief } from "./printable.ts";
import { type Advice, adviceIn, inWords, type NameField, type Said, type Text } from "./say.ts";

/**
 * An error that a user can act on: the message names the thing and the cause, `remedy` says what to do.
 * Every error this library throws on purpose is one of these; anything else is a bug.
 */
export class FateZeroError extends Error {
  /** Stable, machine-readable kind of the fault, e.g. `"prompt-too-long"`. */
  readonly code: ErrorCode;
  /** What to do about it, one sentence. Options are called by their names in the library. */
  readonly remedy: string;
  /** The same as data: which options to turn, and which way. */
  readonly advice: readonly Advice[];
  /** Thing and cause, and the remedy, in pieces: `explainError` words them for other readers. */
  readonly said: { readonly what: Text; readonly remedy: Text };

  constructor(code: ErrorCode, what: Text, remedy: Text, options?: ErrorOptions) {
    super(joined(brief(inWords(what)), inWords(remedy)), options);
    this.name = "FateZeroError";
    this.code = code;
    this.remedy = inWords(remedy);
    this.advice = adviceIn(remedy);
    this.said = { what, remedy };
  }
}

function joined(what: string, remedy: string): string {
  return what.endsWith("\n") ? what + remedy : `${what} ${remedy}`;
}

/** What an error says, cause and remedy, as one text for another message. */
export function textOf({ said: { what, remedy } }: FateZeroError): Said {
  const pieces = (text: Text): Said => (typeof text === "string" ? [text] : text);
  return [...pieces(what), inWords(what).endsWith("\n") ? "" : " ", ...pieces(remedy)];
}

/** An error in a surface's words. */
export function explainError(error: FateZeroError, name: NameField): { what: string; remedy: string } {
  return { what: brief(inWords(error.said.what, name)), remedy: inWords(error.said.remedy, name) };
}
