import { isPrintable } from "../printable.ts";

/** Bytes of a text as `printf` reads them from its format. */
function octal(text: string): string {
  return Array.from(Buffer.from(text), (byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}

/** An argument as a POSIX shell reads it. What is not safe to print is written by its bytes. */
export function quoteArgument(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  if (!isPrintable(text)) return `"$(printf '${octal(text)}')"`;
  return `'${text.replaceAll("'", "'\\''")}'`;
}
