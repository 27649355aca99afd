import picocolors from "picocolors";
import type { TerminalEvent } from "./words.ts";

/** The part of a terminal or pipe that the renderers use. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Shows phases, steps and downloads; other lines are printed through it so that they do not run into a live line. */
export interface Progress {
  event(event: Extract<TerminalEvent, { readonly type: "phase" | "step" | "download" }>): void;
  line(text: string): void;
  /** Takes a live line away. */
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
