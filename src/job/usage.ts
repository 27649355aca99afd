import { FateZeroError } from "../errors.ts";
import type { Text } from "../say.ts";

/** A request that can be read but makes no sense: options that do not go together, or that would do nothing. */
export function usageError(what: Text, remedy: Text): FateZeroError {
  return new FateZeroError("usage", what, remedy);
}
