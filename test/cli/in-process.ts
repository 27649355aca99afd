import { createProgram } from "../../src/cli/program.ts";
import { type EditCommandOptions, editCommand } from "../../src/job/edit.ts";
import type { CliEvent } from "../../src/job/events.ts";
import type { Session } from "../../src/job/session.ts";

/** What a command reported, and what to end after it. */
export interface Watched {
  readonly session: Session;
  readonly events: CliEvent[];
}

/** Runs a command's work in this process: quicker than a program of its own. */
export async function inProcess<T>(work: (watched: Watched) => Promise<T>): Promise<T> {
  const cleanups: (() => unknown)[] = [];
  const events: CliEvent[] = [];
  const session: Session = {
    signal: new AbortController().signal,
    report: (event) => events.push(event),
    defer: (cleanup) => cleanups.push(cleanup),
  };
  try {
    return await work({ session, events });
  } finally {
    for (const cleanup of cleanups) await cleanup();
  }
}

/** What the command line of `fatezero edit` holds, as its own parser reads it. */
export async function parseEdit(
  args: readonly string[],
): Promise<{ input: string; options: EditCommandOptions }> {
  let parsed: { input: string; options: EditCommandOptions } | null = null;
  const program = createProgram();
  const edit = program.commands.find((command) => command.name() === "edit")!;
  // The last action counts; arguments come first, then the options.
  edit.action((...given: unknown[]) => {
    parsed = { input: given[0] as string, options: given[1] as EditCommandOptions };
  });
  await program.parseAsync(["edit", ...args], { from: "user" });
  return parsed!;
}

/** `fatezero edit` in this process, without any state kept. */
export async function editInProcess(args: readonly string[]): Promise<void> {
  const { input, options } = await parseEdit([...args, "--no-resume"]);
  await inProcess(({ session }) => editCommand(input, options, session));
}
