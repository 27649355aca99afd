import { join } from "node:path";
import { defined } from "../../defined.ts";
import { edit, framesOf, pastesSource } from "../../edit/index.ts";
import { commandLineOf, type RunRequest } from "../../request/index.ts";
import type { Frame } from "../../video/index.ts";
import { asPhase } from "../as-phase.ts";
import { openCache } from "../cache.ts";
import { tilesOf } from "../contact.ts";
import { withEstimate, worksOf } from "../estimate.ts";
import { mountedFrames, tellUnchanged } from "../full-size.ts";
import { frameCount } from "../input.ts";
import { type Inverted, inversionOf, invertClip, lookedAt } from "../invert-clip.ts";
import { judgeResult } from "../judge.ts";
import { keptStates } from "../kept-states.ts";
import { provenanceOf } from "../provenance.ts";
import type { Session } from "../session.ts";
import { sourceFrames } from "../source-frames.ts";
import { keptBytes } from "../trajectory-bytes.ts";
import { untilDone } from "../until-done.ts";
import { tellWarnings } from "../video-warning.ts";
import { SHEET_NAME } from "./outputs.ts";
import { usefulKnobs } from "./plan.ts";
import { prepareRun, titleOf } from "./prepare.ts";
import { type Shown, settingsOf, writeContact, writeResult } from "./results.ts";
import { tuneFirst } from "./tune-first.ts";

/** `fatezero run`: a tuning where the config asks for it, one inversion and an edit per prompt. Returns the folder of the results. */
export async function runJob(request: RunRequest, session: Session): Promise<string> {
  const { report, signal } = session;
  // Paths stand as they were given. The chunks do not change what comes out.
  const { resume = true, download: _, chunk: __, ...used } = request;
  const cache = resume ? openCache() : undefined;
  const prepared = await prepareRun(request, session);
  const bytes = keptBytes(prepared, frameCount(prepared.input, prepared.reading));
  const kept = cache && (await keptStates(cache, bytes + (prepared.tuning?.cost.stateBytes ?? 0), report));
  const store = kept && untilDone(kept);
  report({ type: "settings", arguments: commandLineOf("run", used) });
  const tuned = await tuneFirst(prepared, used, kept, session);
  const { run } = tuned;
  const { config, input, model, size, terms, edits, outputs, mounted, mountings } = run;
  const onEvent = withEstimate(report, model, worksOf(input.kind === "clip" ? terms.steps : 0, edits));

  let sourceTiles: readonly Frame[] | null = null;
  const invertIt = async (): Promise<Inverted> => {
    const { clip } = tuned;
    // The pixels of a long clip take memory that its edits need.
    tuned.clip = null;
    const made = clip
      ? { inversion: await invertClip(clip, { ...run, store }, session, onEvent), frames: clip.frames }
      : await inversionOf(run, run.reading, { store }, session, onEvent);
    sourceTiles = made.frames && tilesOf(made.frames);
    return made;
  };
  const { inverted, source } = await lookedAt(model, invertIt, edits.some(pastesSource), session);
  const { inversion, frames } = inverted;
  const read = () => sourceFrames(model, input, inversion, run.reading, signal);
  const shownSource = sourceTiles ?? tilesOf(await asPhase(report, "read", read, input.path));
  const results: Frame[][] = [];
  for (const [index, checked] of edits.entries()) {
    report({ type: "fact", name: "prompt", text: titleOf(edits, index) });
    const job = edit(model, inversion, {
      plan: checked,
      keepMasks: true,
      ...defined({ store, sourceFrames: frames ?? undefined }),
      signal,
    });
    for await (const event of job) await onEvent(event, framesOf(inversion));
    const result = await job;
    const output = outputs[index]!;
    const own = { ...config.edits[index]!, knobs: usefulKnobs(model, terms, size, checked) };
    const settings = settingsOf(config, own, output);
    const metadata = provenanceOf("run", used, model, terms.prompt);
    const writing = { settings, metadata, audio: run.audio };
    const around = mounted[index];
    const made = { input, size, inversion, result };
    const onWarning = tellWarnings(report);
    const onUnchanged = tellUnchanged(report);
    const shown = async (): Promise<Shown> =>
      around
        ? mountedFrames(around, made, mountings[index]!, signal, { onWarning, onUnchanged })
        : { frames: result.frames, like: result, close: () => {} };
    await asPhase(report, "write", () => writeResult(output, shown, writing, session), output.video);
    results.push(tilesOf(result.frames));
    judgeResult(model, inversion, result, source, session);
  }
  const contact = {
    config,
    model: model.name,
    frames: framesOf(inversion),
    source: shownSource,
    results,
  };
  const what = "a contact sheet of the source and every result";
  const metadata = provenanceOf("run", used, model, terms.prompt, { what });
  const draw = () => writeContact(request.out, contact, { signal, metadata });
  const sheet = await asPhase(report, "draw", draw, join(request.out, SHEET_NAME));
  report({ type: "fact", name: "sheet", text: sheet });
  await store?.done();
  return request.out;
}
