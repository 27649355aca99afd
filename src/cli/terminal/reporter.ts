import { printableData } from "../../printable.ts";
import { createLiveProgress } from "./live-progress.ts";
import { colorsFor, type Output, widthOf } from "./output.ts";
import { createPlainProgress } from "./plain-progress.ts";
import { linesOf } from "./text.ts";
import type { TerminalEvent } from "./words.ts";

export interface Reporter {
  report(event: TerminalEvent): void;
  close(): void;
}

/** Texts of events that have lines of their own. */
const MANY_LINES = ["explanation"];

/** What is told even to who wants to hear nothing: what looks wrong. */
function isTrouble(event: TerminalEvent): boolean {
  return event.type === "warning" || event.type === "verdict" || (event.type === "check" && !event.ok);
}

/** Renders events on a stream: a live line on a terminal, plain throttled lines elsewhere. `quiet` leaves only trouble. */
export function createReporter(output: Output, { quiet = false } = {}): Reporter {
  const colors = colorsFor(output);
  const live = output.isTTY && process.env.TERM !== "dumb";
  const progress = live ? createLiveProgress(output, colors) : createPlainProgress(output);
  // What is wrong with the words of several prompts is often the same.
  const told = new Set<string>();
  return {
    report(given) {
      if (quiet && !isTrouble(given)) return;
      const event = printableData(given, MANY_LINES);
      if (event.type === "phase" || event.type === "step" || event.type === "download")
        return progress.event(event);
      // A log keeps its lines whole: they are searched and cut by other programs.
      const lines = linesOf(event, colors, live ? widthOf(output) : Number.POSITIVE_INFINITY);
      if (event.type === "warning") {
        const text = lines.join("\n");
        if (told.has(text)) return;
        told.add(text);
      }
      for (const text of lines) progress.line(text);
    },
    close: () => progress.close(),
  };
}
