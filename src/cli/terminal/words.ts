import { explainError, FateZeroError } from "../../errors.ts";
import type { JsonEvent } from "../../job/event-schema.ts";
import type { JobEvent } from "../../job/events.ts";
import { brief } from "../../printable.ts";
import { adviceIn, inWords, type NameField } from "../../say.ts";

/** An event with its texts in the words of a command line, for a terminal or as JSON. */
export type TerminalEvent =
  | Exclude<JsonEvent, { readonly type: "result" | "error" }>
  | Extract<JobEvent, { readonly type: "done" }>;

/** Words what a job reports. */
export function wordEvent(event: JobEvent, names: NameField): TerminalEvent {
  switch (event.type) {
    case "warning":
      return { ...event, message: brief(inWords(event.message, names)) };
    case "fact":
      return { ...event, text: inWords(event.text, names) };
    case "plan":
      return { ...event, explanation: inWords(event.explanation, names) };
    case "verdict":
      return { ...event, remedy: inWords(event.remedy, names), advice: adviceIn(event.remedy) };
    default:
      return event;
  }
}

/** An error as the last event. What is no FateZeroError is a fault of the program: code `internal`. */
export function errorEvent(error: unknown, names: NameField): Extract<JsonEvent, { type: "error" }> {
  if (error instanceof FateZeroError) {
    const { what, remedy } = explainError(error, names);
    return { type: "error", code: error.code, message: what.trimEnd(), remedy, advice: error.advice };
  }
  return {
    type: "error",
    code: "internal",
    message: brief(error instanceof Error ? error.message : String(error)),
    remedy: "This is a fault of the program; --debug shows where it happened.",
    advice: [],
  };
}
