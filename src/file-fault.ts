import { FateZeroError } from "./errors.ts";

const RAISE = "Raise the limit (ulimit -n 1024), or end other programs that hold many files open.";

function codeOf(cause: unknown): unknown {
  return cause instanceof Error && "code" in cause ? cause.code : undefined;
}

/** Whether the system has no handle left for another file: the process's own limit, or that of the whole machine. */
export function isOutOfHandles(cause: unknown): boolean {
  const code = codeOf(cause);
  return code === "EMFILE" || code === "ENFILE";
}

/** Whether there is nothing of that name. */
export function isAbsent(cause: unknown): boolean {
  const code = codeOf(cause);
  return code === "ENOENT" || code === "ENOTDIR";
}

/**
 * An error by what is behind it: where the system gave no more open files, at whatever depth of its causes, that is what
 * must be told, and not what could not be done without them.
 */
export function namedForHandles(error: unknown): unknown {
  if (error instanceof FateZeroError && error.code === "too-many-files") return error;
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (isOutOfHandles(cause))
      return new FateZeroError(
        "too-many-files",
        `The system gives this program no more open files (${cause.message}).`,
        RAISE,
        { cause: error },
      );
  }
  return error;
}

/** What came between the program and a file. Throwing it needs no more: it names the file, the cause and the remedy. */
export function fileFault(file: string, cause: unknown): FateZeroError {
  if (cause instanceof FateZeroError) return cause;
  if (isOutOfHandles(cause)) {
    return new FateZeroError(
      "too-many-files",
      `Cannot open ${file}: the system gives this program no more open files (${String(codeOf(cause))}).`,
      RAISE,
      { cause },
    );
  }
  return new FateZeroError(
    "file-access",
    `Cannot read ${file}: ${cause instanceof Error ? cause.message : String(cause)}.`,
    "Check the path and its permissions.",
    { cause },
  );
}
