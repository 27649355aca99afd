import { add, say, the } from "../say.ts";
import { usageError } from "./usage.ts";

/** The target prompt of a request whose work makes none itself. */
export function requireTarget({ target }: { readonly target?: string | undefined }): string {
  if (target !== undefined) return target;
  throw usageError(say`${the("target")} is missing.`, say`${add("target")}.`);
}
