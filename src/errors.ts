/**
 * An error that a user can act on: the message names the thing and the cause, `remedy` says what to do.
 * Every error this library throws on purpose is one of these; anything else is a bug.
 */
export class FateZeroError extends Error {
  /** Stable, machine-readable kind of the fault, e.g. `"prompt-too-long"`. */
  readonly code: string;
  /** What to do about it, one sentence. */
  readonly remedy: string;

  constructor(code: string, message: string, remedy: string, options?: ErrorOptions) {
    super(message.endsWith("\n") ? message + remedy : `${message} ${remedy}`, options);
    this.name = "FateZeroError";
    this.code = code;
    this.remedy = remedy;
  }
}
