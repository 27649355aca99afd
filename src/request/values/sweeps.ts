import type { FieldType } from "../field.ts";
import { SWEPT } from "../fields/sweep.ts";
import type { Sweep, SweptField } from "../options.ts";
import { fault, type Read, value } from "./read.ts";

/** Options that one run sweeps at most: the rows and columns of a picture. */
export const MOST_SWEEPS = 2;

/** The reader and writer of a type of values. */
type CodecOf = (type: FieldType) => {
  readonly read: (text: string, type: FieldType, before: unknown) => Read<unknown>;
  readonly write: (value: unknown) => readonly string[];
};

export const SWEPT_FIELDS = Object.keys(SWEPT) as readonly SweptField[];

/** What a swept option is called: `self-steps`. */
export function sweptName(field: SweptField): string {
  return SWEPT[field].flag.replace(/^--([a-z-]+).*$/, "$1");
}

/** `OPTION=VALUE,VALUE,…`, added to those before. */
export function readSweep(
  text: string,
  before: readonly Sweep[] = [],
  codecOf: CodecOf,
): Read<readonly Sweep[]> {
  const [, name = "", list = ""] = /^\s*(?:--)?([^=]*?)\s*=(.*)$/s.exec(text) ?? [];
  const field = SWEPT_FIELDS.find((known) => sweptName(known) === name);
  if (list.trim() === "") return fault("It must be OPTION=VALUE,VALUE, such as self-steps=0.2,0.5,0.8.");
  if (field === undefined)
    return fault(
      `"${name}" is none of the options that it takes: ${SWEPT_FIELDS.map(sweptName).join(", ")}.`,
    );
  if (before.some((other) => other.field === field)) return fault(`"${name}" was given twice.`);
  if (before.length >= MOST_SWEEPS) return fault(`It takes at most ${MOST_SWEEPS} options.`);
  const { type } = SWEPT[field];
  const values: unknown[] = [];
  for (const one of list.split(",").map((part) => part.trim())) {
    const read = codecOf(type).read(one, type, undefined);
    if ("fault" in read) return fault(`"${one}" is no value of ${name}. ${read.fault}`);
    if (values.some((other) => JSON.stringify(other) === JSON.stringify(read.value)))
      return fault(`The value "${one}" of ${name} was given twice.`);
    values.push(read.value);
  }
  if (values.length < 2)
    return fault(`It has one value of ${name}: name two or more, with commas between them.`);
  // The values have the type of their field: its own reader made them.
  return value([...before, { field, values } as Sweep]);
}

export function writeSweeps(sweeps: readonly Sweep[], codecOf: CodecOf): readonly string[] {
  return sweeps.map(
    ({ field, values }) =>
      `${sweptName(field)}=${values.map((one) => codecOf(SWEPT[field].type).write(one).join(" ")).join(",")}`,
  );
}
