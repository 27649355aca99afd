import { isNode, type YAMLError } from "yaml";
import { FateZeroError } from "../errors.ts";
import { MAX_CONFIG_VALUES, MAX_NESTING } from "../limits.ts";
import { readYaml } from "../yaml.ts";

/** A key of a mapping or an index of a list, as it stands in the file: `0` and `"0"` are two keys. */
export type Key = string | number;
export type Path = readonly Key[];

/** What a YAML file holds, references not yet looked up. */
export type Value = string | number | boolean | null | readonly Value[] | ReadonlyMap<Key, Value>;

/** A YAML file in memory. */
export interface ConfigTree {
  /** What messages call the file. */
  readonly name: string;
  readonly root: ReadonlyMap<Key, Value>;
  /** Line of a value, from 1; that of what holds it where it has none of its own (merged keys). */
  lineOf(path: Path): number;
}

export function isMapping(value: unknown): value is ReadonlyMap<Key, Value> {
  return value instanceof Map;
}

function syntaxError(name: string, error: YAMLError): FateZeroError {
  const [at] = error.linePos ?? [];
  const where = at ? `, line ${at.line}, column ${at.col}` : "";
  // The parser's own message ends in a picture of the line.
  const said = error.message.split("\n")[0]!.replace(/; please use .*$/, "");
  return new FateZeroError(
    "config-syntax",
    `"${name}"${where}: ${said.replace(/ at line \d+, column \d+:?$/, "").replace(/[.:]?$/, ".")}`,
    "Correct the YAML there; sentences with a colon or a # in them need quotes.",
    { cause: error },
  );
}

/** Keys that YAML reads as true, null or 1.5 are words here: they name words of prompts. What aliases share stays shared. */
function withTextKeys(value: unknown, known = new Map<object, Value>()): Value {
  if (typeof value !== "object" || value === null) return value as Value;
  const done = known.get(value);
  if (done !== undefined) return done;
  if (Array.isArray(value)) {
    const list: Value[] = [];
    known.set(value, list);
    for (const item of value) list.push(withTextKeys(item, known));
    return list;
  }
  if (!(value instanceof Map)) return value as unknown as Value;
  const mapping = new Map<Key, Value>();
  known.set(value, mapping);
  for (const [key, item] of value as Map<unknown, unknown>)
    mapping.set(Number.isInteger(key) ? (key as number) : String(key), withTextKeys(item, known));
  return mapping;
}

/**
 * Reads YAML 1.2 with merge keys (`<<`), as the authors' files need it. `name` is for messages.
 *
 * @throws FateZeroError `config-syntax` with line and column.
 */
export function parseConfig(text: string, name: string): ConfigTree {
  const read = readYaml(text, { nesting: MAX_NESTING, values: MAX_CONFIG_VALUES });
  if (read.fault !== null) {
    const where = read.line === undefined ? "" : `, line ${read.line},`;
    throw new FateZeroError("config-syntax", `"${name}"${where} ${read.fault}.`, "Write it plainer.");
  }
  const { document, lines } = read;
  const [first] = document.errors;
  if (first) throw syntaxError(name, first);
  let parsed: unknown;
  try {
    parsed = document.toJS({ mapAsMap: true });
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new FateZeroError("config-syntax", `"${name}": ${said}.`, "Correct the YAML.", { cause });
  }
  const root = withTextKeys(parsed);
  if (!isMapping(root)) {
    const what = root === null ? "is empty" : "is no mapping of keys to values";
    throw new FateZeroError(
      "config-syntax",
      `"${name}" ${what}.`,
      "Give a config file of the authors' shape.",
    );
  }
  return {
    name,
    root,
    lineOf: (path) => {
      for (let length = path.length; length > 0; length--) {
        const node = document.getIn(path.slice(0, length), true);
        if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
      }
      return 1;
    },
  };
}
