import { explainError, FateZeroError } from "../../errors.ts";
import { namedForHandles } from "../../file-fault.ts";
import type { Report } from "../../job/events.ts";
import type { Session } from "../../job/session.ts";
import { printable, printableJson, printableMessage } from "../../printable.ts";
import { flagNames } from "../../request/index.ts";
import type { NameField } from "../../say.ts";
import { createJsonReporter } from "./json-reporter.ts";
import { watchOutlet } from "./outlet.ts";
import { colorsFor } from "./output.ts";
import { createReporter } from "./reporter.ts";
import { endBy, onStopSignals, SIGNAL_EXIT_CODES, type StopSignal } from "./signals.ts";
import { wordEvent } from "./words.ts";

/** Exit code of a command line that cannot be meant; failures of the work itself exit with 1. */
export const USAGE_EXIT_CODE = 2;

const exitCodeOf = (error: unknown): number =>
  error instanceof FateZeroError && error.code === "usage" ? USAGE_EXIT_CODE : 1;

const STOPPED = new FateZeroError("stopped", "The run was stopped.", "Run the same command again.");

/** How a command's work is told. */
export interface SessionOptions {
  readonly debug?: boolean | undefined;
  readonly json?: boolean | undefined;
  readonly quiet?: boolean | undefined;
}

/** What a command has to tell, for people and as one JSON document. */
export interface Answer {
  readonly text: string;
  readonly data: unknown;
}

/** A result's path, and what is printed of it in its place. */
export interface Finished {
  readonly output: string;
  readonly text: string;
}

/** Time for open handles to go away by themselves before the process is ended. */
const GRACE_MS = 500;
/** Time for stopped work to end by itself: keep its state, take its unfinished files away. */
const STOP_MS = 1500;

/**
 * Runs a command's work, whose fields are called by `names`: reports on stderr, prints the path or the text that it returns on
 * stdout (with `json` every event instead), turns errors into one message and an exit code, and stops cleanly on Ctrl-C, SIGTERM and
 * SIGHUP (at once on the second, or where the work does not end). A stdout that breaks is told, and spoils nothing.
 */
export async function runSession(
  options: SessionOptions,
  work: (session: Session) => Promise<string | Finished>,
  names: NameField = flagNames("edit"),
): Promise<void> {
  const began = performance.now();
  const abort = new AbortController();
  const cleanups: (() => unknown)[] = [];
  const { report: tell, close } = createReporter(process.stderr, { quiet: options.quiet ?? false });
  const json = options.json ? createJsonReporter(process.stdout, names) : null;
  const report: Report = (event) => {
    const worded = wordEvent(event, names);
    tell(worded);
    json?.report(worded);
  };
  const stdout = watchOutlet(process.stdout);
  let stoppedBy: StopSignal | null = null;
  const endNow = (name: StopSignal): void => {
    close();
    for (const cleanup of cleanups) cleanup();
    process.stderr.write("stopped\n");
    endBy(name);
  };
  const release = onStopSignals((name) => {
    if (stoppedBy) return endNow(name);
    stoppedBy = name;
    abort.abort();
    setTimeout(() => endNow(name), STOP_MS).unref();
  });

  try {
    const done = await work({ signal: abort.signal, report, defer: (cleanup) => cleanups.push(cleanup) });
    const { output, text } = typeof done === "string" ? { output: done, text: done } : done;
    report({ type: "done", output, seconds: (performance.now() - began) / 1000 });
    if (!json) process.stdout.write(`${asFile(text)}\n`);
    const lost = await stdout.fault();
    if (lost !== null) process.stderr.write(`${notTold(lost, output)}\n`);
  } catch (caught) {
    const error = namedForHandles(caught);
    close();
    json?.fail(stoppedBy ? STOPPED : error);
    if (stoppedBy) {
      process.stderr.write("stopped\n");
      process.exitCode = SIGNAL_EXIT_CODES[stoppedBy as StopSignal];
    } else {
      process.stderr.write(`${explain(error, names, options.debug ?? false)}\n`);
      process.exitCode = exitCodeOf(error);
    }
  } finally {
    close();
    for (const cleanup of cleanups) await cleanup();
    const by = stoppedBy as StopSignal | null;
    if (!by) release();
    setTimeout(() => (by ? endBy(by) : process.exit()), GRACE_MS).unref();
  }
}

/** What other programs may take as it is: made safe only where a person would see it. */
const asFile = (text: string): string => (process.stdout.isTTY ? printable(text) : text);

const written = ({ text, data }: Answer, json = false): string =>
  json ? printableJson(data) : printable(text);

/**
 * Runs a command that only tells something: prints what it returns, with `json` an answer's data, and turns errors into one
 * message (and an event) and an exit code.
 */
export async function runQuery(
  options: Omit<SessionOptions, "quiet">,
  work: (silent: Session) => Promise<string | Answer>,
  { tellsPhases = false } = {},
): Promise<void> {
  const cleanups: (() => unknown)[] = [];
  const { report, close } = createReporter(process.stderr);
  const stdout = watchOutlet(process.stdout);
  const silent: Session = {
    signal: new AbortController().signal,
    // Of all that commands tell, only what takes minutes.
    report(event) {
      const isPhase = event.type === "phase" || event.type === "step";
      if (event.type === "download" || (tellsPhases && isPhase)) report(event);
    },
    defer: (cleanup) => cleanups.push(cleanup),
  };
  try {
    const answer = await work(silent);
    process.stdout.write(`${typeof answer === "string" ? asFile(answer) : written(answer, options.json)}\n`);
    const lost = await stdout.fault();
    if (lost !== null) throw notAnswered(lost);
  } catch (caught) {
    const error = namedForHandles(caught);
    if (options.json) createJsonReporter(process.stdout).fail(error);
    process.stderr.write(`${explain(error, flagNames("edit"), options.debug ?? false)}\n`);
    process.exitCode = exitCodeOf(error);
  } finally {
    close();
    for (const cleanup of cleanups) await cleanup();
  }
}

/** What is said of a stdout that broke while the work was done. */
function notTold(reason: string, output: string): string {
  return `${colorsFor(process.stderr).yellow("warning:")} What was to be told on stdout could not be written: ${printableMessage(`${reason}. The result is complete: ${output}`)}`;
}

function notAnswered(reason: string): FateZeroError {
  return new FateZeroError(
    "output-not-writable",
    `The answer could not be written to stdout: ${reason}.`,
    "Free some space, or send it elsewhere.",
  );
}

function explain(error: unknown, names: NameField, debug: boolean): string {
  const colors = colorsFor(process.stderr);
  const known = error instanceof FateZeroError;
  const advice = known || debug ? "" : "\nThis is a fault of the program; --debug shows where it happened.";
  const stack = debug && error instanceof Error ? `\n${printable(stackOf(error))}` : "";
  return `${colors.red("error:")} ${messageOf(error, names)}${advice}${stack}`;
}

function messageOf(error: unknown, names: NameField): string {
  if (!(error instanceof FateZeroError))
    return printableMessage(error instanceof Error ? error.message : String(error));
  const said = explainError(error, names);
  const [what, remedy] = [printableMessage(said.what), printableMessage(said.remedy)];
  return what.endsWith("\n") ? what + remedy : `${what} ${remedy}`;
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : "";
  return `${error.stack ?? error.message}${cause}`;
}
