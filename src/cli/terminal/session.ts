import { explainError, FateZeroError } from "../../errors.ts";
import { namedForHandles } from "../../files/index.ts";
import type { Report } from "../../job/events.ts";
import type { Session } from "../../job/session.ts";
import { flagNames } from "../../request/index.ts";
import type { NameField } from "../../say.ts";
import { createJsonReporter } from "./json-reporter.ts";
import { colorsFor } from "./output.ts";
import { createReporter } from "./reporter.ts";
import { wordEvent } from "./words.ts";

/** Exit code of a command line that cannot be meant; failures of the work itself exit with 1. */
export const USAGE_EXIT_CODE = 2;

const exitCodeOf = (error: unknown): number =>
  error instanceof FateZeroError && error.code === "usage" ? USAGE_EXIT_CODE : 1;

const SIGNAL_EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;
type StopSignal = keyof typeof SIGNAL_EXIT_CODES;

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

/** Time for open handles to go away by themselves before the process is ended. */
const GRACE_MS = 500;

/**
 * Runs a command's work, whose fields are called by `names`: reports on stderr, prints the path that it returns on stdout
 * (with `json` every event instead), turns errors into one message and an exit code, and stops cleanly on Ctrl-C and SIGTERM
 * (at once on the second).
 */
export async function runSession(
  options: SessionOptions,
  work: (session: Session) => Promise<string>,
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
  let stoppedBy: StopSignal | null = null;

  const stop = (name: StopSignal): void => {
    if (stoppedBy) {
      for (const cleanup of cleanups) cleanup();
      process.exit(SIGNAL_EXIT_CODES[name]);
    }
    stoppedBy = name;
    abort.abort();
  };
  const stopSignals = Object.keys(SIGNAL_EXIT_CODES) as StopSignal[];
  for (const name of stopSignals) process.on(name, stop);

  try {
    const output = await work({ signal: abort.signal, report, defer: (cleanup) => cleanups.push(cleanup) });
    report({ type: "done", output, seconds: (performance.now() - began) / 1000 });
    if (!json) process.stdout.write(`${output}\n`);
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
    setTimeout(() => process.exit(), GRACE_MS).unref();
  }
}

const written = ({ text, data }: Answer, json = false): string => (json ? JSON.stringify(data) : text);

/**
 * Runs a command that only tells something: prints what it returns, with `json` an answer's data, and turns errors into one
 * message (and an event) and an exit code.
 */
export async function runQuery(
  options: Omit<SessionOptions, "quiet">,
  work: (silent: Session) => Promise<string | Answer>,
): Promise<void> {
  const cleanups: (() => unknown)[] = [];
  const { report, close } = createReporter(process.stderr);
  const silent: Session = {
    signal: new AbortController().signal,
    // Of all that commands tell, only what takes minutes.
    report: (event) => event.type === "download" && report(event),
    defer: (cleanup) => cleanups.push(cleanup),
  };
  try {
    const answer = await work(silent);
    process.stdout.write(`${typeof answer === "string" ? answer : written(answer, options.json)}\n`);
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

function explain(error: unknown, names: NameField, debug: boolean): string {
  const colors = colorsFor(process.stderr);
  const known = error instanceof FateZeroError;
  const advice = known || debug ? "" : "\nThis is a fault of the program; --debug shows where it happened.";
  const stack = debug && error instanceof Error ? `\n${stackOf(error)}` : "";
  return `${colors.red("error:")} ${messageOf(error, names)}${advice}${stack}`;
}

function messageOf(error: unknown, names: NameField): string {
  if (!(error instanceof FateZeroError)) return error instanceof Error ? error.message : String(error);
  const { what, remedy } = explainError(error, names);
  return what.endsWith("\n") ? what + remedy : `${what} ${remedy}`;
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : "";
  return `${error.stack ?? error.message}${cause}`;
}
