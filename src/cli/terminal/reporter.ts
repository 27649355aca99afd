import picocolors from "picocolors";
import type { CliEvent, Report } from "../../job/events.ts";
import { createLiveProgress } from "./live-progress.ts";
import { createPlainProgress } from "./plain-progress.ts";
import { linesOf } from "./text.ts";

/** The part of a terminal or pipe that the renderers use. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Shows phases, steps and downloads; other lines are printed through it so that they do not run into a live line. */
export interface Progress {
  event(event: Extract<CliEvent, { readonly type: "phase" | "step" | "download" }>): void;
  line(text: string): void;
  /** Takes a live line away. */
  close(): void;
}

export interface Reporter {
  readonly report: Report;
  close(): void;
}

/** Colours for a stream: none unless it is a terminal, and none with NO_COLOR. */
export function colorsFor(output: Output) {
  const { NO_COLOR, TERM } = process.env;
  return picocolors.createColors(Boolean(output.isTTY) && !NO_COLOR && TERM !== "dumb");
}

/** Columns that a line may take; a terminal that does not know says 0. */
export function widthOf({ columns }: Output): number {
  return (columns || 80) - 1;
}

/** Renders events on a stream: a live line on a terminal, plain throttled lines elsewhere. */
export function createReporter(output: Output): Reporter {
  const colors = colorsFor(output);
  const live = output.isTTY && process.env.TERM !== "dumb";
  const progress = live ? createLiveProgress(output, colors) : createPlainProgress(output);
  // A plan is told before the work, so that a wrong one can be stopped; the library tells it again when it edits.
  const told = new Set<string>();
  return {
    report(event) {
      if (event.type === "phase" || event.type === "step" || event.type === "download")
        return progress.event(event);
      // A log keeps its lines whole: they are searched and cut by other programs.
      const lines = linesOf(event, colors, live ? widthOf(output) : Number.POSITIVE_INFINITY);
      if (event.type === "plan" || event.type === "warning") {
        const text = lines.join("\n");
        if (told.has(text)) return;
        told.add(text);
      }
      for (const text of lines) progress.line(text);
    },
    close: () => progress.close(),
  };
}
