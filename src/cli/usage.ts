import { FateZeroError } from "../errors.ts";

/** Exit code of a command line that cannot be meant; failures of the work itself exit with 1. */
export const USAGE_EXIT_CODE = 2;

/** A command line that parses but makes no sense: options that do not go together, or that would do nothing. */
export function usageError(message: string, remedy: string): FateZeroError {
  return new FateZeroError("usage", message, remedy);
}

export function isUsageError(error: unknown): error is FateZeroError {
  return error instanceof FateZeroError && error.code === "usage";
}

/** `--frames`, of an option's key in camel case. */
export function flagOf(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
