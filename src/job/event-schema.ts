import type { Advice } from "../say.ts";
import type { FactName, JobEvent } from "./events.ts";

/** What `--json` writes, one a line (docs/events.md): what a command reports, then one `result` or `error`. */
export type JsonEvent =
  | Exclude<JobEvent, { readonly type: "done" | "fact" | "warning" | "plan" | "verdict" }>
  | { readonly type: "warning"; readonly code: string; readonly message: string }
  | { readonly type: "fact"; readonly name: FactName; readonly text: string }
  | { readonly type: "plan"; readonly explanation: string }
  /** `advice` is the remedy as data. */
  | {
      readonly type: "verdict";
      readonly code: string;
      readonly message: string;
      readonly remedy: string;
      readonly advice: readonly Advice[];
    }
  /** The work is done. Always the last line. */
  | { readonly type: "result"; readonly output: string; readonly seconds: number }
  /** It failed or was stopped. Always the last line. */
  | {
      readonly type: "error";
      readonly code: string;
      readonly message: string;
      readonly remedy: string;
      readonly advice: readonly Advice[];
    };

/** Kinds of values of an event's fields; one with a "?" may be missing. */
export type FieldKind = "string" | "string?" | "number" | "number|null" | "string[]" | "boolean" | "advice[]";

type Fields<E> = E extends { readonly type: string }
  ? { readonly [K in keyof Omit<E, "type">]-?: FieldKind }
  : never;

/** Every event with all of its fields: the schema. The compiler holds it against the types, a test against the docs. */
export const JSON_EVENTS: { readonly [E in JsonEvent as E["type"]]: Fields<E> } = {
  fact: { name: "string", text: "string" },
  settings: { arguments: "string[]" },
  plan: { explanation: "string" },
  warning: { code: "string", message: "string" },
  phase: { phase: "string", steps: "number", subject: "string?" },
  step: { phase: "string", step: "number", steps: "number", timestep: "number|null", seconds: "number" },
  download: { file: "string", bytes: "number", total: "number" },
  resumed: { phase: "string", step: "number", steps: "number" },
  saved: { phase: "string", step: "number", steps: "number" },
  loss: {
    ...{ step: "number", steps: "number", loss: "number", gradientNorm: "number" },
    secondsLeft: "number",
  },
  heldOut: { step: "number", loss: "number", isBest: "boolean" },
  sample: { step: "number", prompt: "string", file: "string" },
  live: { step: "number", steps: "number", file: "string" },
  estimate: { seconds: "number", bytes: "number|null" },
  verdict: { code: "string", message: "string", remedy: "string", advice: "advice[]" },
  check: { name: "string", ok: "boolean", text: "string", remedy: "string" },
  result: { output: "string", seconds: "number" },
  error: { code: "string", message: "string", remedy: "string", advice: "advice[]" },
};

function isAdvice(item: unknown): boolean {
  const { field, move } = (item ?? {}) as Readonly<Record<string, unknown>>;
  return typeof field === "string" && typeof move === "string";
}

function hasKind(value: unknown, kind: FieldKind): boolean {
  switch (kind) {
    case "string?":
      return value === undefined || typeof value === "string";
    case "string[]":
      return Array.isArray(value) && value.every((item) => typeof item === "string");
    case "advice[]":
      return Array.isArray(value) && value.every(isAdvice);
    case "number|null":
      return value === null || typeof value === "number";
    default:
      return typeof value === kind;
  }
}

/** What is wrong with a value as an event; empty if nothing is. */
export function faultsOf(value: unknown): string[] {
  const event = value as Readonly<Record<string, unknown>> | null;
  const type = event?.type;
  if (typeof type !== "string" || !Object.hasOwn(JSON_EVENTS, type)) return [`unknown type ${String(type)}`];
  const fields = Object.entries(JSON_EVENTS[type as JsonEvent["type"]]) as [string, FieldKind][];
  const names = fields.map(([name]) => name);
  return [
    ...fields
      .filter(([name, kind]) => !hasKind(event![name], kind))
      .map(([name]) => `${type}.${name} is wrong`),
    ...Object.keys(event!)
      .filter((name) => name !== "type" && !names.includes(name))
      .map((name) => `${type}.${name} is not documented`),
  ];
}
