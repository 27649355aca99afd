import { errorEvent, type JsonEvent } from "../../job/event-schema.ts";
import type { Report } from "../../job/events.ts";
import type { Output } from "./reporter.ts";

/** Writes events as JSON, one a line. */
export interface JsonReporter {
  readonly report: Report;
  /** Writes the last line of a run that failed. */
  fail(error: unknown): void;
}

export function writeEvent(output: Output, event: JsonEvent): void {
  output.write(`${JSON.stringify(event)}\n`);
}

/** Renders events for programs. Plans and warnings that come twice are written once, as on a terminal. */
export function createJsonReporter(output: Output): JsonReporter {
  const told = new Set<string>();
  return {
    report(event) {
      if (event.type === "done") {
        const { output: path, seconds } = event;
        return writeEvent(output, { type: "result", output: path, seconds });
      }
      if (event.type === "plan" || event.type === "warning") {
        const text = JSON.stringify(event);
        if (told.has(text)) return;
        told.add(text);
      }
      writeEvent(output, event);
    },
    fail: (error) => writeEvent(output, errorEvent(error)),
  };
}
