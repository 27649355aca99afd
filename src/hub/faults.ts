import { FateZeroError } from "../errors.ts";

/** A fault of a connection or server that another try may mend. Inside the hub's code only. */
export class PassingFault extends Error {
  /** Milliseconds that the server asks to wait. */
  readonly waitMs: number | null;
  /** Nobody answered at all. */
  readonly isUnreachable: boolean;

  constructor(
    message: string,
    options: ErrorOptions & { readonly waitMs?: number | null; readonly isUnreachable?: boolean } = {},
  ) {
    super(message, options);
    this.name = "PassingFault";
    this.waitMs = options.waitMs ?? null;
    this.isUnreachable = options.isUnreachable ?? false;
  }
}

/** System errors of a name that does not resolve or a host that does not answer. */
const UNREACHABLE = [
  "ENOTFOUND",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
];

/** What made `fetch` fail, which tells it in its causes only, as a fault. */
export function faultOf(error: unknown): PassingFault {
  if (error instanceof PassingFault) return error;
  let deepest = error;
  while (deepest instanceof Error && deepest.cause instanceof Error) deepest = deepest.cause;
  // Several addresses were tried, each with its own error.
  if (deepest instanceof AggregateError && deepest.errors[0] instanceof Error) deepest = deepest.errors[0];
  const { code = "", message = String(deepest) } = (deepest ?? {}) as { code?: string; message?: string };
  const isUnreachable = UNREACHABLE.includes(code);
  return new PassingFault(isUnreachable ? message : `the connection broke (${message})`, {
    cause: error,
    isUnreachable,
  });
}

/** The same error with other advice. */
export function withRemedy(error: FateZeroError, remedy: string): FateZeroError {
  return new FateZeroError(error.code, error.said.what, remedy, { cause: error });
}
