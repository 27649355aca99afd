import type { Activity } from "../../job/events.ts";
import { count, formatBytes, formatSeconds } from "../../quantity.ts";
import { elapsed, type Meter, secondsLeft, secondsPerStep } from "./meter.ts";
import type { TerminalEvent } from "./words.ts";

/** Turns a style on or leaves the text as it is, as `picocolors.createColors` gives them. */
export interface Styles {
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
  readonly yellow: (text: string) => string;
}

const NAMES: Readonly<Record<Activity, string>> = {
  read: "Reading",
  encode: "Encoding",
  invert: "Inverting",
  edit: "Editing",
  decode: "Decoding",
  write: "Writing",
};

/** Columns that the names at the left take. */
const LABEL_WIDTH = 11;

export function label(name: string): string {
  return name.padEnd(LABEL_WIDTH);
}

export const nameOf = (phase: Activity): string => label(NAMES[phase]);

/** Breaks text at blanks so that no line is longer than `width`, unless one word is. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split("\n")) {
    let line = "";
    for (const word of paragraph.split(" ")) {
      if (line !== "" && line.length + 1 + word.length > width) {
        lines.push(line);
        line = word;
      } else line = line === "" ? word : `${line} ${word}`;
    }
    lines.push(line);
  }
  return lines;
}

/** A name at the left, and its text beside it in as many lines as it takes. */
function entry(name: string, text: string, styles: Styles, width: number): string[] {
  return wrap(text, width - LABEL_WIDTH).map((line, i) =>
    i === 0 ? styles.dim(label(name)) + line : label("") + line,
  );
}

/** The lines that an event is worth, phases, steps and downloads aside: those belong to the renderers. */
export function linesOf(event: TerminalEvent, styles: Styles, width: number): readonly string[] {
  switch (event.type) {
    case "phase":
    case "step":
    case "download":
    case "settings":
      return [];
    case "fact":
      return entry(event.name, event.text, styles, width);
    case "plan":
      return entry("edit", event.explanation, styles, width);
    case "resumed": {
      const what = event.phase === "invert" ? "the inversion" : "the edit";
      const text =
        event.step === event.steps
          ? `${what} is taken from an earlier run`
          : `${what} goes on after step ${event.step} of ${event.steps} of an earlier run`;
      return entry("resumed", text, styles, width);
    }
    case "saved": {
      const what = event.phase === "invert" ? "the inversion" : "the edit";
      const text = `${what} is kept at step ${event.step} of ${event.steps}: the same command goes on from there`;
      return entry("saved", text, styles, width);
    }
    case "warning": {
      const [first = "", ...rest] = wrap(`warning: ${event.message}`, width);
      return [first.replace("warning:", styles.yellow("warning:")), ...rest];
    }
    case "verdict": {
      const [first = "", ...rest] = wrap(`verdict: ${event.message} ${event.remedy}`, width);
      return [first.replace("verdict:", styles.yellow("verdict:")), ...rest];
    }
    case "check": {
      const text = `${event.ok ? "✓" : "✗"} ${event.name}: ${event.text}${event.remedy ? ` ${event.remedy}` : ""}`;
      return wrap(event.ok ? text : styles.yellow(text), width);
    }
    case "estimate": {
      const memory = event.bytes === null ? "" : ` and about ${formatBytes(event.bytes)} of memory`;
      const text = `at this speed the whole takes ${formatSeconds(event.seconds)}${memory}`;
      return entry("estimate", text, styles, width);
    }
    case "done":
      return [`${styles.bold(label("Done"))}in ${formatSeconds(event.seconds)}`];
  }
}

/** A finished phase. */
export function finishedLine(meter: Meter, now: number): string {
  const name = nameOf(meter.phase);
  const total = formatSeconds(elapsed(meter, now));
  if (meter.steps === 1) return `${name}done in ${total}`;
  return `${name}${count(meter.steps, "step")} in ${total}, ${paceOf(meter)}`;
}

/** A phase on its way: `12/50  24 %  0.42 s/step  16 s left`. */
export function progressText(meter: Meter, now: number): string {
  const { steps, done } = meter;
  if (steps === 1) return formatSeconds(elapsed(meter, now));
  const left = secondsLeft(meter, now);
  const share = `${Math.floor((100 * done.length) / steps)} %`.padStart(5);
  const at = `${String(done.length).padStart(String(steps).length)}/${steps} ${share}`;
  if (left === null) return `${at}  ${formatSeconds(elapsed(meter, now))} so far`;
  return `${at}  ${paceOf(meter)}  ${formatSeconds(left)} left`;
}

function paceOf(meter: Meter): string {
  const pace = secondsPerStep(meter) ?? 0;
  return pace < 10 ? `${pace.toFixed(2)} s/step` : `${formatSeconds(pace)}/step`;
}
