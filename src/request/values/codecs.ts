import type { FieldType, ValueOf } from "../field.ts";
import { SWEPT } from "../fields/sweep.ts";
import type { SweptField } from "../options.ts";
import * as lists from "./lists.ts";
import { fault, notAnOption, numberOf, type Read, value } from "./read.ts";
import { readRegion, writeRegions } from "./regions.ts";
import { MOST_SWEEPS, readSweep, SWEPT_FIELDS, writeSweeps } from "./sweeps.ts";
import * as words from "./words.ts";

/** As much of JSON Schema 2020-12 as requests need. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly pattern?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
}

type TypeOf<K extends FieldType["kind"]> = Extract<FieldType, { readonly kind: K }>;

/** How the values of a kind are written. */
interface Codec<T extends FieldType, V = ValueOf<T>> {
  /** What an argument says; repeatable ones are added to those before. */
  readonly read: (text: string, type: T, before: V | undefined) => Read<V>;
  /** The arguments that say it, one for each time that the option is given. */
  readonly write: (value: V) => readonly string[];
  readonly schema: (type: T) => JsonSchema;
  readonly repeatable?: true;
}

const one = (text: string | number): readonly string[] => [String(text)];
const share: JsonSchema = { type: "number", minimum: 0, maximum: 1 };
const window: JsonSchema = {
  oneOf: [share, { type: "array", items: share, minItems: 2, maxItems: 2 }],
};
const word: JsonSchema = { type: ["string", "integer"] };
const pairs = (of: JsonSchema): JsonSchema => ({
  type: "array",
  items: { type: "array", prefixItems: [word, of], minItems: 2, maxItems: 2 },
});
const wordList: JsonSchema = { type: "array", items: word };
const files = (extra: Readonly<Record<string, JsonSchema>>): JsonSchema => ({
  type: "array",
  items: {
    type: "object",
    properties: { path: { type: "string", minLength: 1 }, ...extra },
    required: ["path"],
    additionalProperties: false,
  },
});
const anyText = <K extends "time" | "crop" | "colour">(): Codec<TypeOf<K>, string> => ({
  read: (text) => value(text),
  write: one,
  schema: () => ({ type: "string", minLength: 1 }),
});

/** Values of a kind, one each time that the option is given. */
const several = <K extends "texts" | "paths">(one: "text" | "path"): Codec<TypeOf<K>, readonly string[]> => ({
  read(text, _, before) {
    const read = codecOf({ kind: one }).read(text, { kind: one }, undefined) as Read<string>;
    return "fault" in read ? read : value([...(before ?? []), read.value]);
  },
  write: (texts) => texts,
  schema: () => ({ type: "array", items: { type: "string", minLength: 1 }, minItems: 1 }),
  repeatable: true,
});

/** Gigabytes of a text such as 4GB, 800 MB or 4, NaN for anything else. */
function gigabytesOf(text: string): number {
  const [, number = text, unit = "GB"] = /^\s*(\S+?)\s*([KMGT]i?B)$/i.exec(text) ?? [];
  const base = /i/i.test(unit) ? 1024 : 1000;
  return (numberOf(number) * base ** ("KMGT".indexOf(unit[0]!.toUpperCase()) + 1)) / 1e9;
}

function readNumber(text: string, type: TypeOf<"number">): Read<number> {
  const { least, most, above, whole, unit } = type;
  const read = type.bytes ? gigabytesOf(text) : numberOf(text);
  const isInRange = (above ? read > least : read >= least) && read <= (most ?? Number.MAX_SAFE_INTEGER);
  if (isInRange && (!whole || Number.isInteger(read))) return value(read);
  if (whole) {
    const range = most === undefined ? `${least} or more` : `${least} to ${most}`;
    return fault(`It must be a whole number of ${unit}, ${range}.`);
  }
  if (type.bytes) return fault("It must be a size such as 4GB or 800MB.");
  return fault(`It must be a number ${above ? "above" : "from"} ${least}${above ? ", up" : ""} to ${most}.`);
}

function numberSchema({ least, most, above, whole }: TypeOf<"number">): JsonSchema {
  return {
    type: whole ? "integer" : "number",
    ...(above ? { exclusiveMinimum: least } : { minimum: least }),
    ...(most === undefined ? {} : { maximum: most }),
  };
}

/** The one reader and writer of every kind. */
const CODECS: { readonly [K in FieldType["kind"]]: Codec<TypeOf<K>> } = {
  text: {
    read: (text) => (text.trim() === "" ? fault("The sentence is empty.") : notAnOption(text)),
    write: one,
    schema: () => ({ type: "string", minLength: 1 }),
  },
  path: {
    read: (text) => (text === "" ? fault("It is empty.") : notAnOption(text)),
    write: one,
    schema: () => ({ type: "string", minLength: 1 }),
  },
  time: anyText<"time">(),
  crop: anyText<"crop">(),
  colour: anyText<"colour">(),
  number: { read: readNumber, write: one, schema: numberSchema },
  // An option without a value: there, or not.
  flag: { read: () => value(true), write: () => [], schema: () => ({ type: "boolean" }) },
  choice: {
    read: (text, { choices }) =>
      choices.includes(text) ? value(text) : fault(`Allowed choices are ${choices.join(", ")}.`),
    write: one,
    schema: ({ choices }) => ({ enum: choices }),
  },
  window: {
    read: words.readWindow,
    write: (steps) => one(words.writeWindow(steps)),
    schema: () => window,
  },
  windows: {
    read: words.readWindows,
    write: (steps) => one(words.writeWindows(steps)),
    schema: () => ({ anyOf: [window, pairs(window), { type: "object", additionalProperties: window }] }),
  },
  maskWords: {
    read: words.readMaskWords,
    write: (mask) => one(words.writeMaskWords(mask)),
    schema: () => ({
      oneOf: [
        { enum: ["auto", "none"] },
        {
          type: "object",
          properties: { source: wordList, target: wordList },
          required: ["source"],
          additionalProperties: false,
        },
      ],
    }),
  },
  factors: {
    read: (text, _, before) => words.readFactor(text, before),
    write: words.writeFactors,
    schema: () => pairs({ type: "number", minimum: 0 }),
    repeatable: true,
  },
  frames: {
    read: lists.readFrames,
    write: (frames) => one(lists.writeFrames(frames)),
    schema: () => ({
      type: "array",
      items: {
        oneOf: [
          { type: "integer" },
          { enum: ["first", "mid", "last"] },
          { type: "string", pattern: "^spread:[1-9][0-9]{0,5}$" },
        ],
      },
    }),
  },
  scenes: {
    read: (text) => lists.readScenes(text),
    write: (scenes) => one(lists.writeScenes(scenes)),
    schema: () => ({
      oneOf: [
        { enum: ["auto", "off"] },
        { type: "array", items: { type: "integer", minimum: 1 }, minItems: 1 },
      ],
    }),
  },
  frameWindow: {
    read: lists.readWindowing,
    write: (window) => one(lists.writeWindowing(window)),
    schema: () => ({
      oneOf: [
        { enum: ["auto", "off"] },
        {
          type: "object",
          properties: { frames: { type: "integer", minimum: 1 }, overlap: { type: "integer", minimum: 0 } },
          required: ["frames", "overlap"],
          additionalProperties: false,
        },
      ],
    }),
  },
  names: {
    read: (text) => lists.readNames(text),
    write: (names) => one(names.join(",")),
    schema: () => ({ type: "array", items: { type: "string", minLength: 1 }, minItems: 1 }),
  },
  targets: {
    read(text, _, before) {
      const read = codecOf({ kind: "text" }).read(text, { kind: "text" }, undefined) as Read<string>;
      if ("fault" in read || before === undefined) return read;
      const others = [before].flat();
      const isTwin = others.some((other) => other.trim() === read.value.trim());
      return isTwin ? fault(`"${read.value.trim()}" was given twice.`) : value([...others, read.value]);
    },
    write: (targets) => [targets].flat(),
    schema: () => ({
      oneOf: [
        { type: "string", minLength: 1 },
        { type: "array", items: { type: "string", minLength: 1 }, minItems: 1 },
      ],
    }),
    repeatable: true,
  },
  sweeps: {
    read: (text, _, before) => readSweep(text, before, codecOf),
    write: (sweeps) => writeSweeps(sweeps, codecOf),
    schema: () => ({
      type: "array",
      items: {
        oneOf: SWEPT_FIELDS.map((field) => ({
          type: "object",
          properties: {
            field: { enum: [field] },
            values: {
              type: "array",
              items: codecOf(SWEPT[field].type).schema(SWEPT[field].type),
              minItems: 2,
            },
          },
          required: ["field", "values"],
          additionalProperties: false,
        })),
      },
      maxItems: MOST_SWEEPS,
    }),
    repeatable: true,
  },
  texts: several("text"),
  paths: several("path"),
  loras: {
    read: (text, _, before) => lists.readLora(text, before),
    write: lists.writeLoras,
    schema: () => files({ scale: { type: "number" } }),
    repeatable: true,
  },
  regions: {
    read: (text, _, before) => readRegion(text, before),
    write: writeRegions,
    schema: () => ({
      type: "array",
      items: {
        type: "object",
        properties: Object.fromEntries(
          ["words", "prompt", "mask"].map((key) => [key, { type: "string", minLength: 1 }]),
        ),
        required: ["words", "prompt"],
        additionalProperties: false,
      },
      minItems: 1,
    }),
    repeatable: true,
  },
  embeddings: {
    read: (text, _, before) => lists.readEmbedding(text, before),
    write: lists.writeEmbeddings,
    schema: () => files({ word: { type: "string", minLength: 1 } }),
    repeatable: true,
  },
};

/** The reader and writer of a type that is known at run time only. */
export function codecOf(type: FieldType): Codec<FieldType, unknown> {
  // The table pairs every kind with a codec of its own values.
  return CODECS[type.kind] as Codec<FieldType, unknown>;
}

/** A value of a swept option, as it would be given: `0.2`. */
export function sweptValue(field: SweptField, value: unknown): string {
  return codecOf(SWEPT[field].type).write(value).join(" ");
}
