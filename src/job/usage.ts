import { FateZeroError } from "../errors.ts";

/** A command line that parses but makes no sense: options that do not go together, or that would do nothing. */
export function usageError(message: string, remedy: string): FateZeroError {
  return new FateZeroError("usage", message, remedy);
}

/** `--frames`, of an option's key in camel case. */
export function flagOf(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
