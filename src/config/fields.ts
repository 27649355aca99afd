import { codecOf, type Field, type FieldKey, type Fields, type FieldValue } from "../request/index.ts";
import type { ConfigReader } from "./reader.ts";

/** Fields of a request in a config: read and written at the place that each names. */

type Loras = FieldValue<"lora">;
type Embeddings = FieldValue<"embeddings">;

/** The place of a field that stands by itself; null where it has several, none, or one in the entries of `p2p_config`. */
function placeOf({ yaml }: Field): string | null {
  return typeof yaml === "string" && !yaml.includes("*") ? yaml : null;
}

/** A list of files, each a path or a mapping with the path and one field more. */
function filesOf(
  reader: ConfigReader,
  name: string,
  field: "scale" | "word",
  type: "number" | "string",
): Loras | Embeddings | undefined {
  const list = reader.plain(name);
  if (list === undefined || list === null) return undefined;
  if (!Array.isArray(list)) throw reader.wrong(name, "a list of files");
  return list.map((entry: unknown, index) => {
    const file = typeof entry === "string" ? { path: entry } : { ...(entry as object | null) };
    const { path, [field]: extra, ...rest } = file as Readonly<Record<string, unknown>>;
    const isField = extra === undefined || typeof extra === type;
    if (typeof path !== "string" || !isField || Object.keys(rest).length > 0)
      throw reader.wrong(`${name}.${index}`, `the path of a file, or a mapping with path and ${field}`);
    return extra === undefined ? { path } : { path, [field]: extra };
  });
}

/** A list of mappings with words, a prompt and, where there is one, a mask. */
function regionsOf(reader: ConfigReader, name: string): FieldValue<"regions"> | undefined {
  const list = reader.plain(name);
  if (list === undefined || list === null) return undefined;
  if (!Array.isArray(list) || list.length === 0) throw reader.wrong(name, "a list of regions");
  return list.map((entry: unknown, index) => {
    const { words, prompt, mask, ...rest } = { ...(entry as object | null) } as Readonly<
      Record<string, unknown>
    >;
    const isText = (value: unknown): value is string => typeof value === "string" && value.trim() !== "";
    if (
      !isText(words) ||
      !isText(prompt) ||
      !(mask === undefined || isText(mask)) ||
      Object.keys(rest).length > 0
    )
      throw reader.wrong(`${name}.${index}`, "a mapping with words, prompt and, where there is one, mask");
    return { words, prompt, ...(mask === undefined ? {} : { mask }) };
  });
}

function readValue(reader: ConfigReader, place: string, { type }: Field): unknown {
  switch (type.kind) {
    case "number":
      return reader.number(place, type);
    case "flag":
      return reader.flag(place);
    case "choice": {
      const text = reader.text(place);
      if (text === undefined || type.choices.includes(text)) return text;
      throw reader.wrong(place, type.choices.join(type.choices.length > 2 ? ", " : " or "));
    }
    case "time": {
      // YAML reads 12.5 as a number.
      const value = reader.plain(place);
      return typeof value === "number" ? String(value) : reader.text(place);
    }
    case "loras":
      return filesOf(reader, place, "scale", "number");
    case "embeddings":
      return filesOf(reader, place, "word", "string");
    case "regions":
      return regionsOf(reader, place);
    case "text":
    case "path":
    case "crop":
    case "colour":
      return reader.text(place);
    case "names": {
      const names = reader.plain(place);
      if (names === undefined || names === null) return undefined;
      const isList = Array.isArray(names) && names.length > 0;
      if (isList && names.every((name) => typeof name === "string" && name.trim() !== "")) return names;
      throw reader.wrong(place, "a list of words");
    }
    case "scenes": {
      const scenes = reader.plain(place);
      if (scenes === undefined || scenes === null) return undefined;
      if (scenes === "auto" || scenes === "off") return scenes;
      const isCut = (cut: unknown): boolean => Number.isInteger(cut) && (cut as number) > 0;
      if (Array.isArray(scenes) && scenes.length > 0 && scenes.every(isCut)) return scenes;
      throw reader.wrong(place, "auto, off, or a list of frames");
    }
    case "frameWindow": {
      const text = reader.plain(place);
      if (text === undefined || text === null) return undefined;
      const read = codecOf(type).read(String(text), type, undefined);
      if ("value" in read) return read.value;
      throw reader.wrong(place, "auto, off, or frames, as 16 or 16:4");
    }
    case "window": {
      const window = reader.plain(place);
      if (window === undefined || window === null) return undefined;
      const isRange = Array.isArray(window) && window.length === 2;
      if ([window].flat().every((share) => typeof share === "number") && (isRange || !Array.isArray(window)))
        return window;
      throw reader.wrong(place, "a share of the steps such as 0.8, or [from, to]");
    }
    case "frames":
    case "windows":
    case "maskWords":
    case "factors":
      // The authors' own ways to write them are read by themselves: attend.ts, prompt/released/p2p.ts.
      return undefined;
  }
}

type Values<F extends Fields> = { readonly [K in keyof F & FieldKey]?: FieldValue<K> };

/** Reads fields that have a place of their own. Throws FateZeroError `config-value` on values of the wrong type. */
export function readFields<F extends Fields>(reader: ConfigReader, fields: F): Values<F> {
  const entries = Object.entries(fields).flatMap(([key, field]) => {
    const place = placeOf(field);
    const value = place === null ? undefined : readValue(reader, place, field);
    return value === undefined ? [] : [[key, value] as const];
  });
  return Object.fromEntries(entries) as Values<F>;
}

/** The entries of a section of a config that fields with a place of their own have there. */
export function entriesBelow(
  section: string,
  fields: Fields,
  values: object,
): Readonly<Record<string, unknown>> {
  const given = values as Readonly<Record<string, unknown>>;
  const entries = Object.entries(fields).flatMap(([key, field]) => {
    const place = placeOf(field);
    if (place === null || given[key] === undefined) return [];
    const at = place.lastIndexOf(".");
    if (place.slice(0, Math.max(at, 0)) !== section) return [];
    const isText = field.type.kind === "frameWindow";
    const value = isText ? codecOf(field.type).write(given[key])[0] : given[key];
    return [[place.slice(at + 1), value] as const];
  });
  return Object.fromEntries(entries);
}
