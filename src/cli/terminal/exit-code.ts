import { FateZeroError } from "../../errors.ts";

/** Exit code of a command line that cannot be meant; failures of the work itself exit with 1. */
export const USAGE_EXIT_CODE = 2;

export function isUsageError(error: unknown): error is FateZeroError {
  return error instanceof FateZeroError && error.code === "usage";
}
