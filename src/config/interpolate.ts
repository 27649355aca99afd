/** A piece of a scalar: text as it is, or what stands between `${` and `}`. */
export type Piece = { readonly text: string } | { readonly reference: string };

/**
 * Splits a scalar at its references: `"to ${a.b}!"` is the text `to `, the reference `a.b` and the text `!`. References may
 * hold others; `\${` is the text `${`. Null where a bracket is not closed.
 */
export function splitReferences(scalar: string): readonly Piece[] | null {
  const pieces: Piece[] = [];
  let text = "";
  for (let i = 0; i < scalar.length; ) {
    if (scalar.startsWith("\\${", i)) {
      text += "${";
      i += 3;
    } else if (scalar.startsWith("${", i)) {
      const end = closingBracket(scalar, i + 2);
      if (end === -1) return null;
      if (text !== "") pieces.push({ text });
      text = "";
      pieces.push({ reference: scalar.slice(i + 2, end) });
      i = end + 1;
    } else text += scalar[i++];
  }
  if (text !== "" || pieces.length === 0) pieces.push({ text });
  return pieces;
}

function closingBracket(scalar: string, from: number): number {
  let depth = 1;
  for (let i = from; i < scalar.length; i++) {
    if (scalar.startsWith("${", i)) depth++;
    else if (scalar[i] === "}" && --depth === 0) return i;
  }
  return -1;
}

/** Text as it must stand in a file to be read as it is. */
export function escapeReferences(text: string): string {
  return text.replaceAll("${", "\\${");
}

/** What a reference names: keys from the root (`up` 0), or from so many levels above the scalar that holds it. */
export interface Reference {
  readonly up: number;
  readonly keys: readonly string[];
}

/**
 * Reads a reference as OmegaConf does: `a.b` and `a[0]` from the root, `.x` beside the scalar, `..x` one level further up.
 * Null for anything else, OmegaConf's resolvers (`oc.env:HOME`) among it.
 */
export function parseReference(expression: string): Reference | null {
  const [, dots = "", names = ""] = /^(\.*)(.*)$/s.exec(expression.trim()) ?? [];
  const keys = names
    .replaceAll(/\[([^[\]]*)\]/g, ".$1")
    .split(".")
    .map((key) => key.trim());
  const isName = keys.every((key) => key !== "" && !key.includes(":"));
  return isName ? { up: dots.length, keys } : null;
}

/** A value inside a text, as Python writes it. */
export function pythonText(value: string | number | boolean | null): string {
  if (value === true) return "True";
  if (value === false) return "False";
  return value === null ? "None" : String(value);
}
