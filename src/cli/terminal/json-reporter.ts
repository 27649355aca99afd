import type { JsonEvent } from "../../job/event-schema.ts";
import { printableJson } from "../../printable.ts";
import { flagNames } from "../../request/index.ts";
import type { NameField } from "../../say.ts";
import type { Output } from "./output.ts";
import { errorEvent, type TerminalEvent } from "./words.ts";

/** Writes events as JSON, one a line. */
export interface JsonReporter {
  report(event: TerminalEvent): void;
  /** Writes the last line of a run that failed. */
  fail(error: unknown): void;
}

/** Renders events for programs. A warning that comes twice is written once, as on a terminal. */
export function createJsonReporter(output: Output, names: NameField = flagNames("edit")): JsonReporter {
  const told = new Set<string>();
  const write = (event: JsonEvent): void => {
    output.write(`${printableJson(event)}\n`);
  };
  return {
    report(event) {
      if (event.type === "done") {
        const { output: path, seconds } = event;
        return write({ type: "result", output: path, seconds });
      }
      if (event.type === "warning") {
        const text = JSON.stringify(event);
        if (told.has(text)) return;
        told.add(text);
      }
      write(event);
    },
    fail: (error) => write(errorEvent(error, names)),
  };
}
