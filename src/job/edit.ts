import { defined } from "../defined.ts";
import { edit, framesOf, targetsOf } from "../edit/index.ts";
import { commandLineOf, type EditRequest, type SeeingOptions } from "../request/index.ts";
import { checkOutput, writeVideo } from "../video/index.node.ts";
import { announcePlan, announceSettings } from "./announce.ts";
import { asPhase } from "./as-phase.ts";
import { baselineJob } from "./baseline/baseline.ts";
import { baselineOf, checkMethod } from "./baseline/effects.ts";
import { openCache } from "./cache.ts";
import { withEstimate, workOf } from "./estimate.ts";
import { readHandMasks } from "./hand-masks.ts";
import { frameCount } from "./input.ts";
import { inversionOf } from "./invert-clip.ts";
import { judgeResult, judgeSource } from "./judge.ts";
import { keptStates } from "./kept-states.ts";
import { announceLive, openLiveView, writeLive } from "./live.ts";
import { checkMemory } from "./memory.ts";
import { checkEdit } from "./plan.ts";
import { announce, prepare } from "./prepare.ts";
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
export async function editJob(request: EditRequest, session: Session): Promise<string> {
  const baseline = baselineOf(request);
  if (baseline !== null) return baselineJob(request, baseline, session);
  checkMethod(request);
  const { signal, report } = session;
  const { out, compare } = request;
  const cache = request.resume === false ? undefined : openCache();
  await checkOutput(out, { input: request.input });
  await checkWritable(out);
  await checkSeeing(request);
  await tellReplaced(report, [out, request.saveMaps, compare, request.saveLatents, request.live]);
  const opened = await prepare("edit", request, session);
  const { input, terms, size } = opened;
  const live = await openLiveView(request, opened.model, session);
  const masks = await readHandMasks(request, opened, request, session);
  const plan = () => checkEdit(opened.model, terms, size, { ...editOptions(request), ...masks });
  const checked = await asPhase(report, "prepare", plan, "the edit");
  if (request.saveMaps !== undefined) checkMaps(opened.model, terms, size);
  const frames = frameCount(input, request);
  if (compare !== undefined) await checkOutput(compare, { frames, size: comparisonSize(size) });
  const { kind } = await checkOutput(out, { input: request.input, frames, size });
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
  const shown = { inversion, source: encoded, target: checked.plan.target.text, made };
  for await (const event of job) {
    if (event.type !== "live") await onEvent(event, framesOf(inversion));
    else if (live) await writeLive(event, live, shown, session);
  }
  const result = await job;
  const onWarning = tellWarnings(report);
  const writing = { like: result, audio, onWarning, signal, metadata: made({}) } as const;
  await asPhase(report, "write", () => writeVideo(out, result.frames, writing), out);
  await writeSeeing({ model, input, inversion, result, made }, request, session);
  await store?.done();
  judgeResult(model, inversion, result, source, session);
  return out;
}
