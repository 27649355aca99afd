import { defined } from "../defined.ts";
import { edit, framesOf, targetsOf } from "../edit/index.ts";
import { commandLineOf, type EditRequest, type SeeingOptions } from "../request/index.ts";
import { checkOutput, writeVideo } from "../video/index.node.ts";
import { announcePlan, announceSettings } from "./announce.ts";
import { asPhase } from "./as-phase.ts";
import { checkAutoCrop, prepareCropped } from "./auto-crop.ts";
import { baselineJob } from "./baseline/baseline.ts";
import { baselineOf, checkMethod } from "./baseline/effects.ts";
import { openCache } from "./cache.ts";
import { withEstimate, workOf } from "./estimate.ts";
import { checkFullSize, mountedFrames, mountingOf } from "./full-size.ts";
import { readHandMasks } from "./hand-masks.ts";
import { frameCount } from "./input.ts";
import { inversionOf } from "./invert-clip.ts";
import { judgeResult, judgeSource } from "./judge.ts";
import { keptStates } from "./kept-states.ts";
import { announceLive, openLiveView, writeLive } from "./live.ts";
import { checkMemory } from "./memory.ts";
import { announceNeeds } from "./needs.ts";
import { checkEdit } from "./plan.ts";
import { announce } from "./prepare.ts";
import { type Beside, inversionArguments, type Provenance, provenanceOf } from "./provenance.ts";
import { warnOfWords } from "./real-model.ts";
import { tellReplaced } from "./replaced.ts";
import { checkMaps, checkSeeing, comparisonSize, keptFor, writeSeeing } from "./seeing.ts";
import type { Session } from "./session.ts";
import { soundOf } from "./sound.ts";
import { keptBytes, trajectoryBytes } from "./trajectory-bytes.ts";
import { untilDone } from "./until-done.ts";
import { editOptions, usedEdit } from "./used.ts";
import { tellWarnings } from "./video-warning.ts";
import { checkWritable } from "./writable.ts";

/** `fatezero edit`: refuses first what can be refused, then works. Returns the path of the result. */
export async function editJob(asked: EditRequest, session: Session): Promise<string> {
  checkAutoCrop(asked);
  const baseline = baselineOf(asked);
  if (baseline !== null) return baselineJob(asked, baseline, session);
  checkMethod(asked);
  checkFullSize(asked);
  const { signal, report } = session;
  const { out, compare } = asked;
  const cache = asked.resume === false ? undefined : openCache();
  await checkOutput(out, { input: asked.input });
  await checkWritable(out);
  await checkSeeing(asked);
  await tellReplaced(report, [out, asked.saveMaps, compare, asked.saveLatents, asked.live]);
  const { request, prepared: opened } = await prepareCropped(asked, session);
  const { input, terms, size } = opened;
  const live = await openLiveView(request, opened.model, session);
  const masks = await readHandMasks(request, opened, request, session);
  const plan = () => checkEdit(opened.model, terms, size, { ...editOptions(request), ...masks });
  const checked = await asPhase(report, "prepare", plan, "the edit");
  if (request.saveMaps !== undefined) checkMaps(opened.model, terms, size);
  const frames = frameCount(input, request);
  if (compare !== undefined) await checkOutput(compare, { frames, size: comparisonSize(size) });
  const mounted = await mountingOf(opened, request, checked, session);
  const { kind } = await checkOutput(out, { input: request.input, ...(mounted ? {} : { frames, size }) });
  const audio = await soundOf(input, request, kind, report);
  if (request.saveLatents !== undefined)
    await checkWritable(request.saveLatents, { bytes: 2 * trajectoryBytes(opened, frames) });
  const prepared = checkMemory(opened, request, [checked], frames);
  const { model } = prepared;
  const kept = cache && (await keptStates(cache, keptBytes(prepared, frames), report));
  const store = kept && untilDone(kept);
  announce(session, prepared, request);
  announcePlan(report, checked);
  announceSettings(report, terms, checked);
  announceNeeds(report, prepared, request, [checked], frames);
  if (live) announceLive(report, live);
  warnOfWords(report, model, terms.prompt, ...targetsOf(checked));
  const used = usedEdit(request, prepared, checked);
  report({ type: "settings", arguments: commandLineOf("edit", used) });

  const inverting = input.kind === "clip" ? terms.steps : 0;
  const work = workOf(inverting, checked);
  const onEvent = withEstimate(report, model, work);
  const { inversion, frames: encoded } = await inversionOf(prepared, request, { store }, session, onEvent);
  const source = await judgeSource(model, inversion, encoded, session);
  const job = edit(model, inversion, {
    plan: checked,
    ...keptFor(request),
    keepMasks: true,
    ...defined({ store, sourceFrames: encoded ?? undefined, live: live?.options }),
    signal,
  });
  const inverted = defined({ inversion: encoded ? undefined : await inversionArguments(request.input) });
  const made = (options: SeeingOptions, beside?: Beside): Provenance => ({
    ...provenanceOf("edit", { ...used, ...options }, model, terms.prompt, beside),
    ...inverted,
  });
  const shown = { inversion, source: encoded, target: targetsOf(checked).join("; "), made };
  for await (const event of job) {
    if (event.type !== "live") await onEvent(event, framesOf(inversion));
    else if (live) await writeLive(event, live, shown, session);
  }
  const result = await job;
  const onWarning = tellWarnings(report);
  const written = mounted
    ? await mountedFrames(mounted, { input, inversion, result }, request, signal, onWarning)
    : { frames: result.frames, like: result };
  const writing = { like: written.like, audio, onWarning, signal, metadata: made({}) } as const;
  await asPhase(report, "write", () => writeVideo(out, written.frames, writing), out);
  await writeSeeing({ model, input, inversion, result, made }, request, session);
  await store?.done();
  judgeResult(model, inversion, result, source, session);
  return out;
}
