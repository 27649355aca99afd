import type { Activity } from "../../job/events.ts";
import { count, formatBytes, formatSeconds } from "../../quantity.ts";
import { elapsed, isLoop, type Meter, secondsLeft, secondsPerStep } from "./meter.ts";
import type { TerminalEvent } from "./words.ts";

/** Turns a style on or leaves the text as it is, as `picocolors.createColors` gives them. */
export interface Styles {
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
  readonly yellow: (text: string) => string;
}

const NAMES: Readonly<Record<Activity, string>> = {
  load: "Starting",
  open: "Opening",
  read: "Reading",
  resume: "Looking",
  encode: "Encoding",
  prepare: "Preparing",
  invert: "Inverting",
  nullText: "Optimizing",
  reconstruct: "Rebuilding",
  check: "Checking",
  edit: "Editing",
  decode: "Decoding",
  tune: "Tuning",
  atlas: "Fitting",
  draw: "Drawing",
  write: "Writing",
};

/** What a phase is about where its event does not say. */
const SUBJECTS: Readonly<Partial<Record<Activity, string>>> = {
  resume: "for an earlier run",
  encode: "the frames",
  prepare: "the prompts",
  decode: "the frames",
};

/** Work that goes on where it stopped. */
const WORK = {
  invert: "the inversion",
  nullText: "the null-text inversion",
  reconstruct: "the reconstruction",
  edit: "the edit",
  tune: "the training",
  atlas: "the atlas",
} as const;

/** Below this a phase of one step is not worth a line of its own when it is over. */
const SHORT_SECONDS = 1;

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
    case "loss":
    case "live":
    case "download":
    case "settings":
      return [];
    case "fact":
      return entry(event.name, event.text, styles, width);
    case "plan":
      return entry("edit", event.explanation, styles, width);
    case "resumed": {
      const what = WORK[event.phase];
      const text =
        event.step === event.steps
          ? `${what} is taken from an earlier run`
          : `${what} goes on after step ${event.step} of ${event.steps} of an earlier run`;
      return entry("resumed", text, styles, width);
    }
    case "heldOut": {
      const text = `${event.loss.toFixed(5)} on the noise levels held out after step ${event.step}${event.isBest ? "" : ", no better than before"}`;
      return entry("loss", text, styles, width);
    }
    case "sample":
      return entry("sample", `"${event.prompt}" after step ${event.step}: ${event.file}`, styles, width);
    case "saved": {
      const what = WORK[event.phase];
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

const subjectOf = ({ phase, subject = SUBJECTS[phase] }: Meter): string => subject ?? "";

/** A phase that begins: `Inverting  50 steps`, `Writing    out.mp4`. */
export function startedLine(meter: Meter): string {
  return nameOf(meter.phase) + (isLoop(meter) ? count(meter.steps, "step") : subjectOf(meter));
}

/** A finished phase; null for a short one that is no loop. */
export function finishedLine(meter: Meter, now: number): string | null {
  const name = nameOf(meter.phase);
  const seconds = elapsed(meter, now);
  const total = formatSeconds(seconds);
  if (isLoop(meter)) {
    const pace = paceOf(meter);
    return `${name}${count(meter.steps, "step")} in ${total}${pace === null ? "" : `, ${pace}`}`;
  }
  if (seconds < SHORT_SECONDS) return null;
  return `${name}${[subjectOf(meter), `done in ${total}`].filter(Boolean).join(", ")}`;
}

/** A phase on its way: `12/50  24 %  0.42 s/step  16 s left`. */
export function progressText(meter: Meter, now: number): string {
  const { steps, done } = meter;
  if (!isLoop(meter))
    return [subjectOf(meter), formatSeconds(elapsed(meter, now))].filter(Boolean).join("  ");
  const left = secondsLeft(meter, now);
  const share = `${Math.floor((100 * done.length) / steps)} %`.padStart(5);
  const at = `${String(done.length).padStart(String(steps).length)}/${steps} ${share}`;
  const pace = paceOf(meter);
  if (left === null || pace === null) return `${at}  ${formatSeconds(elapsed(meter, now))} so far`;
  return `${at}  ${pace}  ${formatSeconds(left)} left`;
}

function paceOf(meter: Meter): string | null {
  const pace = secondsPerStep(meter);
  if (pace === null) return null;
  return pace < 10 ? `${pace.toFixed(2)} s/step` : `${formatSeconds(pace)}/step`;
}
