import {
  type Command,
  type CommandUnknownOpts,
  InvalidArgumentError,
  Option,
} from "@commander-js/extra-typings";
import {
  codecOf,
  type Field,
  type FieldKey,
  fieldOf,
  fieldsOf,
  flagNames,
  type RequestKind,
  type Requests,
} from "../../request/index.ts";
import { inWords } from "../../say.ts";

/** Options of the command line itself; those of a request are made from its fields. */

export const printConfig = new Option(
  "--print-config",
  "print this command line as a config file that `fatezero run` takes, instead of working",
).helpGroup("Other:");
export const json = new Option(
  "--json",
  "report to programs: one JSON event a line on stdout, the last one the result or the error (docs/events.md)",
).helpGroup("Other:");
export const planJson = new Option(
  "--json",
  "print one JSON object a line for each pair, in their order (docs/prompts.md)",
).helpGroup("Other:");
export const markdown = new Option("--markdown", "print the table as Markdown").helpGroup("Other:");
export const jsonAnswer = new Option(
  "--json",
  "print one JSON document instead, an error as an event (docs/events.md)",
).helpGroup("Other:");
export const quiet = new Option(
  "-q, --quiet",
  "report no progress: only warnings, verdicts and errors, and the path of the result on stdout",
).helpGroup("Other:");
export const debug = new Option("--debug", "print the stack trace of an error").helpGroup("Other:");
export const help = new Option("-h, --help", "show this help").helpGroup("Other:");

const isArgument = ({ flag }: Field): boolean => !flag.startsWith("-");

/** A field's meaning, what the paper calls it and its default, in the words of the command line. */
function helpOf(field: Field, kind: RequestKind): string {
  const names = flagNames(kind);
  const usual = field.otherwise ?? (field.default === undefined ? undefined : String(field.default));
  const notes = [
    ...(usual === undefined ? [] : [`default: ${inWords(usual, names)}`]),
    ...(codecOf(field.type).repeatable ? ["repeatable"] : []),
  ];
  const symbol = field.symbol === undefined ? "" : `; ${field.symbol} in the paper`;
  return inWords(field.help, names) + symbol + (notes.length > 0 ? ` (${notes.join("; ")})` : "");
}

/** The option of a field, and the one that switches it off where there is one. */
export function optionsOf(key: FieldKey, kind: RequestKind): readonly Option[] {
  const field = fieldOf(key, kind);
  const { type, flag, off, group } = field;
  const option = new Option(flag, helpOf(field, kind)).helpGroup(`${group}:`);
  if (type.kind === "choice" && type.flagged === undefined) option.choices(type.choices);
  else if (option.required || option.optional) {
    if (type.kind === "number" && type.bare !== undefined) option.preset(String(type.bare));
    option.argParser((text: string, before: unknown) => {
      const read = codecOf(type).read(text, type, before);
      if ("fault" in read) throw new InvalidArgumentError(read.fault);
      return read.value;
    });
  }
  return off ? [option, new Option(off.flag, off.help).helpGroup(`${group}:`)] : [option];
}

/** Gives a command the arguments and options of a request. */
export function addFields(command: Command, kind: RequestKind): void {
  for (const [key, field] of fieldsOf(kind)) {
    if (isArgument(field)) command.argument(field.flag, helpOf(field, kind));
    else for (const option of optionsOf(key, kind)) command.addOption(option);
  }
}

type Values = Partial<Record<FieldKey, unknown>>;

/** Whether a request cannot do without a field that others of its kind can. */
function isNeeded(key: FieldKey, kind: RequestKind, values: Values): boolean {
  const others = fieldsOf(kind).filter(([, { insteadOf }]) => insteadOf?.includes(key));
  return others.length > 0 && others.every(([other]) => values[other] === undefined);
}

/** A command line that was parsed, as a request. Refuses one that lacks something, all of it at once. */
export function requestOf<K extends RequestKind>(command: CommandUnknownOpts, kind: K): Requests[K] {
  const values: Values = {};
  let place = 0;
  for (const [key, field] of fieldsOf(kind)) {
    if (isArgument(field)) {
      values[key] = command.args[place++];
      continue;
    }
    const name = new Option(field.flag).attributeName();
    // Commander's own defaults are none of the user's.
    if (command.getOptionValueSource(name) !== "cli") continue;
    const { type } = field;
    values[key] = type.kind === "choice" && type.flagged ? type.flagged : command.getOptionValue(name);
  }
  const missing = fieldsOf(kind).filter(
    ([key, { required }]) =>
      values[key] === undefined && (required?.includes(kind) || isNeeded(key, kind, values)),
  );
  if (missing.length > 0) {
    const list = missing.map(([, { flag }]) => `'${flag}'`).join(" and ");
    command.error(`error: required option${missing.length > 1 ? "s" : ""} ${list} not specified`);
  }
  // The fields have the types of the request: request/check.ts.
  return values as unknown as Requests[K];
}
