import { defined } from "../../defined.ts";
import { edit, framesOf, type Inversion } from "../../edit/index.ts";
import type { Frame } from "../../video/index.ts";
import { openCache } from "../cache.ts";
import { type OnJobEvent, withEstimate, workOf } from "../estimate.ts";
import { asPhase, invertClip } from "../invert-clip.ts";
import { judgeResult, judgeSource } from "../judge.ts";
import { type ModelOptions, modelParts, partsArguments } from "../model-options.ts";
import { provenanceOf } from "../provenance.ts";
import type { Session } from "../session.ts";
import { sourceFrames } from "../source-frames.ts";
import { untilDone } from "../until-done.ts";
import { inKeys } from "./keys.ts";
import { prepareRun, type Run, titleOf } from "./prepare.ts";
import { settingsOf, tilesOf, writeContact, writeResult } from "./results.ts";

/** What the command line of `fatezero run` holds. */
export interface RunCommandOptions extends ModelOptions {
  readonly out: string;
  readonly input?: string | undefined;
  readonly frames?: number | undefined;
  readonly size?: number | undefined;
  /** False with `--no-resume`. */
  readonly resume?: boolean | undefined;
}

/** The command line that repeats the run. Paths stand as they were given. */
function runArguments(file: string, options: RunCommandOptions): string[] {
  const { out, model, input, frames, size } = options;
  const given = Object.entries({ model, input, frames, size }).filter(([, value]) => value !== undefined);
  const flags = given.flatMap(([name, value]) => [`--${name}`, String(value)]);
  return ["run", file, "-o", out, ...flags, ...partsArguments(modelParts(options))];
}

/** `fatezero run`: one inversion and an edit per prompt of a config. Returns the folder of the results. */
export async function runCommand(file: string, options: RunCommandOptions, given: Session): Promise<string> {
  const session = inKeys(given);
  const { report, signal } = session;
  const store = options.resume === false ? undefined : untilDone(openCache());
  const run = await prepareRun(file, options, session);
  const { config, input, model, terms, edits, outputs } = run;
  const command = runArguments(file, options);
  report({ type: "settings", arguments: command });
  const works = edits.map(({ plan, settings }) => workOf(0, plan, settings.guidance));
  const work = { invert: input.kind === "clip" ? terms.steps : 0, edit: works.flatMap((part) => part.edit) };
  const onEvent = withEstimate(report, model, work);

  const { inversion, frames } = await invertRun(run, store, session, onEvent);
  const source = await judgeSource(model, inversion, frames, session);
  const shown = frames ?? (await sourceFrames(model, input, inversion, run.reading, signal));
  const results: Frame[][] = [];
  for (const [index, checked] of edits.entries()) {
    report({ type: "fact", name: "prompt", text: titleOf(edits, index) });
    const job = edit(model, inversion, {
      ...checked.options,
      keepMasks: true,
      ...defined({ store }),
      signal,
    });
    // Every plan was told before the work, with its prompt.
    for await (const event of job) if (event.type !== "plan") await onEvent(event, framesOf(inversion));
    const result = await job;
    const output = outputs[index]!;
    const settings = settingsOf(config, config.edits[index]!, output);
    const metadata = provenanceOf(command, model, terms.prompt);
    await asPhase(report, "write", () =>
      writeResult(output, result, { settings, metadata, audio: config.audio }, session),
    );
    results.push(tilesOf(result.frames));
    judgeResult(model, inversion, result, source, session);
  }
  const contact = { config, model: model.name, frames: framesOf(inversion), source: tilesOf(shown), results };
  const sheet = await asPhase(report, "write", () => writeContact(options.out, contact, signal));
  report({ type: "fact", name: "sheet", text: sheet });
  await store?.done();
  return options.out;
}

/** The inversion that all edits begin from, and the frames it was made of (null for a saved one). */
async function invertRun(
  { config, input, model, reading, terms, size }: Run,
  store: ReturnType<typeof untilDone> | undefined,
  session: Session,
  onEvent: OnJobEvent,
): Promise<{ readonly inversion: Inversion; readonly frames: readonly Frame[] | null }> {
  if (input.kind === "inversion") return { inversion: input.inversion, frames: null };
  let frames: readonly Frame[] | null = null;
  const onFrames = (read: readonly Frame[]): void => {
    frames = read;
  };
  const { attend, leastChannels, compat } = config.method;
  const method = {
    prompt: terms.prompt,
    steps: terms.steps,
    leastChannels,
    ...defined({ attend, compat: compat ?? undefined, store }),
  };
  const inversion = await invertClip(model, { input, size, reading, method, onFrames }, session, onEvent);
  return { inversion, frames };
}
