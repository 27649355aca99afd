import { FateZeroError } from "../errors.ts";
import { MAX_CONFIG_VALUES, MAX_NESTING, MAX_REFERENCED_CHARACTERS, MAX_REFERENCES } from "../limits.ts";
import { parseReference, pythonText, splitReferences } from "./interpolate.ts";
import { type ConfigTree, isMapping, type Key, type Path, type Value } from "./tree.ts";

/** A value and the place where it stands, which is another one than was asked for where a reference leads there. */
export interface Found {
  readonly path: Path;
  readonly value: Value;
}

/** Characters of a scalar that a message shows. */
const SHOWN_CHARACTERS = 80;

/** A text as messages show it. */
export function shortened(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

/** Looks values up by their keys. */
export type Lookup = (keys: readonly Key[], from?: Found) => Found | null;

/** How messages name a place: `editing_config.p2p_config.0`. */
export function dotted(path: Path): string {
  return path.join(".");
}

function childOf({ path, value }: Found, key: Key): Found | null {
  if (Array.isArray(value)) {
    const index = /^\d+$/.test(String(key)) ? Number(key) : -1;
    return index >= 0 && index < value.length ? { path: [...path, index], value: value[index]! } : null;
  }
  if (!isMapping(value)) return null;
  // `0:` and `"0":` answer to the same name where there is one of them.
  const other = typeof key === "number" ? String(key) : Number(key);
  const own = value.has(key) || String(other) !== String(key) ? key : other;
  return value.has(own) ? { path: [...path, own], value: value.get(own)! } : null;
}

/**
 * Looks up values with OmegaConf's references followed as they are met, and only then: a reference that leads nowhere
 * harms nobody until it is used. A scalar that is one reference has the type of what it names. Absent keys and `???` give
 * null.
 *
 * @throws FateZeroError `config-reference` with the line, on a reference that leads nowhere or back to itself.
 */
export function createLookup(tree: ConfigTree): Lookup {
  const root: Found = { path: [], value: tree.root };
  const open = new Set<string>();
  /** References that the look-up in progress has followed, and how many of them inside each other it is in. */
  let followed = 0;
  let depth = 0;

  const fault = (at: Found, reference: string, why: string): FateZeroError =>
    new FateZeroError(
      "config-reference",
      `"${tree.name}", line ${tree.lineOf(at.path)}: "${reference}" in ${dotted(at.path)} ${why}.`,
      "Correct the reference, or write the value itself.",
    );

  const walk = (start: Found, keys: readonly Key[]): Found | null => {
    let at: Found | null = settle(start);
    for (const key of keys) {
      const child: Found | null = at && childOf(at, key);
      at = child && settle(child);
    }
    return at && at.value === "???" ? null : at;
  };

  const follow = (expression: string, at: Found): Found => {
    if (++followed > MAX_REFERENCES)
      throw fault(
        at,
        shortened(`\${${expression}}`),
        `makes more than ${MAX_REFERENCES} references be followed`,
      );
    if (depth >= MAX_NESTING)
      throw fault(
        at,
        shortened(`\${${expression}}`),
        `is one of more than ${MAX_NESTING} references inside each other`,
      );
    depth++;
    try {
      return targetOf(expression, at);
    } finally {
      depth--;
    }
  };

  const targetOf = (expression: string, at: Found): Found => {
    const plain = splitReferences(expression)?.some((piece) => "reference" in piece)
      ? textOf(expression, at)
      : expression;
    const reference = parseReference(plain);
    const written = shortened(`\${${expression}}`);
    if (!reference) throw fault(at, written, "is no reference to another key");
    const { up, keys } = reference;
    if (up > at.path.length) throw fault(at, written, "leads out of the file");
    const from = up === 0 ? root : walk(root, at.path.slice(0, -up));
    const target = from && walk(from, keys);
    if (!target) throw fault(at, written, `leads nowhere: there is no ${keys.join(".")} there`);
    return target;
  };

  const textOf = (scalar: string, at: Found): string => {
    const pieces = splitReferences(scalar);
    if (!pieces) throw fault(at, shortened(scalar), "has a bracket that is not closed");
    let text = "";
    for (const piece of pieces) {
      if ("text" in piece) text += piece.text;
      else {
        const { value } = follow(piece.reference, at);
        if (typeof value === "object" && value !== null)
          throw fault(at, shortened(scalar), "names a list or a mapping, which cannot stand inside a text");
        text += pythonText(value);
      }
      if (text.length > MAX_REFERENCED_CHARACTERS) {
        const why = `comes to more than ${MAX_REFERENCED_CHARACTERS} characters when its references are followed`;
        throw fault(at, shortened(scalar), why);
      }
    }
    return text;
  };

  /** The value that a scalar stands for; everything else is what it is. */
  const settle = (found: Found): Found => {
    const { path, value } = found;
    if (typeof value !== "string" || !value.includes("${")) return found;
    const place = dotted(path);
    if (open.has(place)) throw fault(found, shortened(value), "leads back to itself");
    open.add(place);
    try {
      const pieces = splitReferences(value);
      const [only] = pieces ?? [];
      if (pieces?.length === 1 && only && "reference" in only) return follow(only.reference, found);
      return { path, value: textOf(value, found) };
    } finally {
      open.delete(place);
    }
  };

  return (keys, from = root) => {
    followed = 0;
    return walk(from, keys);
  };
}

/**
 * A value with everything in it looked up, as plain lists and objects; a Map where keys are not all text. `asked` is what
 * messages call it.
 *
 * @throws FateZeroError `config-reference`, also where a list or mapping holds itself, or comes to more than a file may hold.
 */
export function plainValue(found: Found, lookup: Lookup, asked: string): unknown {
  let values = 0;
  const plain = (at: Found, holders: readonly string[]): unknown => {
    const { path, value } = at;
    const place = dotted(path);
    const refuse = (what: string): FateZeroError =>
      new FateZeroError("config-reference", what, "Write the value itself.");
    if (holders.includes(place))
      throw refuse(`${asked}: a reference in ${place} leads back to ${place} itself.`);
    if (++values > MAX_CONFIG_VALUES)
      throw refuse(
        `${asked} comes to more than ${MAX_CONFIG_VALUES} values when its references are followed.`,
      );
    if (holders.length > MAX_NESTING)
      throw refuse(
        `${asked} is nested too deeply: more than ${MAX_NESTING} levels when its references are followed.`,
      );
    const inner = (key: Key): unknown => {
      const item = lookup([key], at);
      return item && plain(item, [...holders, place]);
    };
    if (Array.isArray(value)) return value.map((_, index) => inner(index));
    if (!isMapping(value)) return value;
    const entries = [...value.keys()].map((key) => [key, inner(key)] as const);
    return entries.every(([key]) => typeof key === "string") ? Object.fromEntries(entries) : new Map(entries);
  };
  return plain(found, []);
}
