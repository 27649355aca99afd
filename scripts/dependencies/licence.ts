/** Licences as package.json writes them: SPDX expressions (SPDX specification 2.3, annex D) of identifiers, AND, OR, brackets. */

/**
 * Whether a package under `expression` may be used when the licences of `allowed` may: all of an AND, one of an OR. False
 * for what is no such expression.
 */
export function allows(allowed: ReadonlySet<string>, expression: string): boolean {
  const tokens = expression.match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  const single = (): boolean => {
    const token = tokens[at++];
    if (token !== "(") return token !== undefined && allowed.has(token);
    const inner = either();
    return tokens[at++] === ")" && inner;
  };
  const both = (): boolean => {
    let result = single();
    while (tokens[at] === "AND") {
      at++;
      // Read first: what stands there must be passed over in any case.
      result = single() && result;
    }
    return result;
  };
  const either = (): boolean => {
    let result = both();
    while (tokens[at] === "OR") {
      at++;
      result = both() || result;
    }
    return result;
  };
  const result = either();
  return result && at === tokens.length;
}
