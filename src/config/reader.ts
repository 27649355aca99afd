import type { ErrorCode } from "../error-codes.ts";
import { FateZeroError } from "../errors.ts";
import { shownJson } from "../json.ts";
import { MAX_NUMBER } from "../limits.ts";
import { say, type Text } from "../say.ts";
import { NAMES_BEFORE } from "./keys.ts";
import { createLookup, dotted, type Found, type Lookup, plainValue } from "./resolve.ts";
import { type ConfigTree, isMapping, type Key, type Path } from "./tree.ts";

/** Reads values of a config by their dotted names, with their types checked. Absent ones are undefined. */
export interface ConfigReader {
  readonly tree: ConfigTree;
  /** Keys of a mapping; none where it is absent or null. */
  keys(name: string): readonly Key[];
  has(name: string): boolean;
  /** The name as the file has it: those of the first versions differ. */
  written(name: string): string;
  text(name: string): string | undefined;
  number(name: string, range: NumberRange): number | undefined;
  flag(name: string): boolean | undefined;
  /** Lists, mappings and scalars as they are. */
  plain(name: string): unknown;
  /** An error about a value that says where it stands. */
  wrong(name: string, wanted: string): FateZeroError;
  /** The same, in words of the caller's. */
  fault(code: ErrorCode, name: string, message: Text, remedy: Text): FateZeroError;
}

/** Numbers that a key takes. */
export interface NumberRange {
  readonly least: number;
  readonly most?: number;
  readonly whole?: boolean;
  /** `least` itself is refused. */
  readonly above?: boolean;
}

// Python's YAML reads these as truth values; YAML 1.2 has true and false alone.
const TRUTH = new Map([
  ["yes", true],
  ["on", true],
  ["no", false],
  ["off", false],
]);

/** A truth value however it was written, or null. */
export function truthOf(value: unknown): boolean | null {
  if (typeof value === "boolean") return value;
  if (value === 0 || value === 1) return value === 1;
  return typeof value === "string" ? (TRUTH.get(value.toLowerCase()) ?? null) : null;
}

function numberOf(value: unknown): number {
  if (typeof value === "number") return value;
  // Python's YAML reads 1_000 as a number.
  return typeof value === "string" && /^[+-]?\d[\d_]*$/.test(value)
    ? Number(value.replaceAll("_", ""))
    : Number.NaN;
}

/** YAML's null, and what Python programmers write for it. */
function isNothing(value: unknown): boolean {
  return value === undefined || value === null || value === "None";
}

function shown(value: unknown): string {
  if (isMapping(value)) return "a mapping";
  return shownJson(value);
}

/** Makes a reader of a file. It throws FateZeroError `config-value` with the line where a value has the wrong type. */
export function createReader(tree: ConfigTree): ConfigReader {
  const lookup: Lookup = createLookup(tree);
  const find = (name: string): Found | null => {
    let at: Found | null = lookup([]);
    for (const key of name === "" ? [] : name.split(".")) {
      const holder: Found | null = at;
      const before = Object.hasOwn(NAMES_BEFORE, key) ? NAMES_BEFORE[key] : undefined;
      at = holder && (lookup([key], holder) ?? (before === undefined ? null : lookup([before], holder)));
    }
    return at;
  };
  const fault: ConfigReader["fault"] = (code, name, message, remedy) => {
    const path: Path = find(name)?.path ?? [];
    const where = path.length > 0 ? `"${tree.name}", line ${tree.lineOf(path)}` : `"${tree.name}"`;
    return new FateZeroError(code, say`${where}: ${message}`, remedy);
  };
  const written = (name: string): string => {
    const found = find(name);
    return found ? dotted(found.path) : name;
  };
  const wrong: ConfigReader["wrong"] = (name, wanted) => {
    const found = find(name);
    const path = written(name);
    const message = found ? `${path} is ${shown(found.value)}.` : `${path} is missing.`;
    return fault("config-value", name, message, `It should be ${wanted}.`);
  };
  const read = <T>(name: string, wanted: string, of: (value: unknown) => T | null): T | undefined => {
    const value = find(name)?.value;
    if (isNothing(value)) return undefined;
    const result = of(value);
    if (result === null) throw wrong(name, wanted);
    return result;
  };
  return {
    tree,
    keys: (name) => {
      const found = find(name);
      if (!found || isNothing(found.value)) return [];
      if (Array.isArray(found.value)) return found.value.map((_, index) => index);
      if (!isMapping(found.value)) throw wrong(name, "a mapping of keys to values");
      return [...found.value.keys()];
    },
    written,
    has: (name) => !isNothing(find(name)?.value),
    text: (name) =>
      read(name, "a text; in quotes if it looks like something else", (value) =>
        typeof value === "string" ? value : null,
      ),
    number: (name, { least, most = MAX_NUMBER, whole = false, above = false }) => {
      const range =
        most === MAX_NUMBER
          ? `${least} or more`
          : `${above ? "above" : "from"} ${least}${above ? ", up" : ""} to ${most}`;
      return read(name, `a ${whole ? "whole " : ""}number, ${range}`, (value) => {
        const number = numberOf(value);
        const isInRange = (above ? number > least : number >= least) && number <= most;
        return isInRange && (!whole || Number.isInteger(number)) ? number : null;
      });
    },
    flag: (name) => read(name, "true or false", truthOf),
    plain: (name) => {
      const found = find(name);
      return found ? plainValue(found, lookup, `"${tree.name}": ${name}`) : undefined;
    },
    wrong,
    fault,
  };
}
