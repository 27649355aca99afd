import { afterAll } from "vitest";
import { requestOf } from "../../src/cli/commands/options.ts";
import { createProgram } from "../../src/cli/program.ts";
import { editJob } from "../../src/job/edit.ts";
import type { JobEvent } from "../../src/job/events.ts";
import type { Session } from "../../src/job/session.ts";
import { type LoadOptions, loadModel } from "../../src/pipeline/index.node.ts";
import type { Model } from "../../src/pipeline/index.ts";
import type { EditRequest } from "../../src/request/index.ts";

/** What a command reported, and what to end after it. */
export interface Watched {
  readonly session: Session;
  readonly events: JobEvent[];
}

/** Models that the commands of a test file share, by what they are made of: opening their graphs takes longest. */
const models = new Map<string, Promise<Model>>();
afterAll(async () => {
  for (const model of models.values()) await (await model).close();
});

function loadOnce(name: string, options: LoadOptions = {}): Promise<Model> {
  const { signal: _signal, onEvent: _onEvent, ...parts } = options;
  const key = JSON.stringify([name, parts]);
  const model = models.get(key) ?? loadModel(name, parts);
  models.set(key, model);
  model.catch(() => models.delete(key));
  return model;
}

/** Runs a command's work in this process: quicker than a program of its own. */
export async function inProcess<T>(work: (watched: Watched) => Promise<T>): Promise<T> {
  const cleanups: (() => unknown)[] = [];
  const events: JobEvent[] = [];
  const session: Session = {
    signal: new AbortController().signal,
    report: (event) => events.push(event),
    defer: (cleanup) => cleanups.push(cleanup),
    loadModel: loadOnce,
  };
  try {
    return await work({ session, events });
  } finally {
    for (const cleanup of cleanups) await cleanup();
  }
}

/** The request of a command line of `fatezero edit`, as its own parser reads it. */
export async function parseEdit(args: readonly string[]): Promise<EditRequest> {
  let request: EditRequest | null = null;
  const program = createProgram();
  const edit = program.commands.find((command) => command.name() === "edit")!;
  // The last action counts.
  edit.action(() => {
    request = requestOf(edit, "edit");
  });
  await program.parseAsync(["edit", ...args], { from: "user" });
  return request!;
}

/** `fatezero edit` in this process, without any state kept. */
export async function editInProcess(args: readonly string[]): Promise<void> {
  const request = await parseEdit([...args, "--no-resume"]);
  await inProcess(({ session }) => editJob(request, session));
}
