import { BASELINES, type BaselineMethod, editByBaseline } from "../../baselines/index.ts";
import { defined } from "../../defined.ts";
import { commandLineOf } from "../../request/index.ts";
import { leaveOut, say, the } from "../../say.ts";
import { checkTunable, resolveTuning } from "../../tune/index.ts";
import { checkOutput, writeVideo } from "../../video/index.node.ts";
import type { Video } from "../../video/index.ts";
import { asPhase } from "../as-phase.ts";
import { openCache } from "../cache.ts";
import type { OneEdit } from "../edits/variants.ts";
import { readHandMasks } from "../hand-masks.ts";
import { frameCount, readClip } from "../input.ts";
import { keptStates } from "../kept-states.ts";
import { checkMemory } from "../memory.ts";
import { checkEdit } from "../plan.ts";
import { announce, prepare } from "../prepare.ts";
import type { CheckedEdit, Prepared } from "../prepared.ts";
import { type Provenance, provenanceOf } from "../provenance.ts";
import { tellReplaced } from "../replaced.ts";
import { requireTarget } from "../require-target.ts";
import { COMPARISON, checkSeeing, comparison, comparisonSize } from "../seeing.ts";
import type { Session } from "../session.ts";
import { soundOf } from "../sound.ts";
import { nullTextBytes, trajectoryBytes } from "../trajectory-bytes.ts";
import { checkTuningMemory } from "../tune/memory.ts";
import { untilDone } from "../until-done.ts";
import { usageError } from "../usage.ts";
import { usedBaseline } from "../used.ts";
import { tellWarnings } from "../video-warning.ts";
import { checkWritable } from "../writable.ts";
import { checkMethod, ownOptions } from "./effects.ts";

/** Null-text inversion as the method makes it, for what it takes. */
const NULL_TEXT = { nullText: 10, nullTextPerFrame: true } as const;

/** Why a method computes all frames of a clip at once, where it does. */
const WHOLE: Partial<Record<BaselineMethod, string>> = {
  "tune-a-video": "the layers over time of a tuned model take all of them",
};

/** The clip's method in the terms of a planned edit: its words, its guidance, its windows where it has them. */
async function checked(
  { model, terms, size }: Prepared,
  request: OneEdit,
  method: BaselineMethod,
): Promise<CheckedEdit> {
  const { strength: _, seed: __, mask: ___, ...own } = ownOptions(request, method);
  const knobs = defined({ guidance: request.guidance, ...own });
  return checkEdit(model, terms, size, { prompt: requireTarget(request), ...knobs });
}

/** Throws FateZeroError where the work takes more memory than there is. Returns the model as it fits, and the bytes of states that are kept. */
function checkCosts(
  prepared: Prepared,
  request: OneEdit,
  method: BaselineMethod,
  edit: CheckedEdit,
  frames: number,
): { readonly model: Prepared["model"]; readonly bytes: number } {
  const { size, terms } = prepared;
  const nullText = method === "null-text-p2p" || method === "atlas" ? NULL_TEXT : {};
  const { model } = checkMemory(prepared, { ...request, ...nullText }, [edit], frames);
  const bytes = 3 * trajectoryBytes(prepared, frames) + nullTextBytes(prepared, nullText, frames);
  if (method !== "tune-a-video" || model.tuned) return { model, bytes };
  checkTunable(model);
  const settings = resolveTuning(model, { prompt: terms.prompt, ...defined({ seed: request.seed }) });
  const { stateBytes } = checkTuningMemory(model, { frames, ...size, settings }, request);
  return { model, bytes: bytes + stateBytes };
}

/** Writes a comparison of source and result, where one was asked for. */
async function writeComparison(
  { compare }: OneEdit,
  source: Video,
  result: Video,
  metadata: Provenance,
  { report, signal }: Session,
): Promise<void> {
  if (compare === undefined) return;
  const sides = () => comparison(source.frames, result.frames);
  const write = async () => writeVideo(compare, sides(), { like: result, signal, metadata });
  await asPhase(report, "write", write, compare);
  report({ type: "fact", name: "compare", text: compare });
}

/** `fatezero edit` by a method that the paper compares itself with. Returns the path of the result. */
export async function baselineJob(
  request: OneEdit,
  method: BaselineMethod,
  session: Session,
): Promise<string> {
  const { signal, report } = session;
  const { out, compare } = request;
  checkMethod(request);
  await checkOutput(out, { input: request.input });
  await checkWritable(out);
  await checkSeeing(request);
  await tellReplaced(report, [out, compare]);
  const prepared = await prepare("edit", { ...request, window: "off" }, session);
  const { input, terms, size } = prepared;
  if (input.kind === "inversion")
    throw usageError(
      say`"${input.path}" is a saved inversion, and ${the("method", method)} begins with the clip.`,
      say`Name the video, or ${leaveOut("method")}.`,
    );
  const own = ownOptions(request, method);
  const { mask } = await readHandMasks({ mask: own.mask }, prepared, request, session);
  const edit = await asPhase(report, "prepare", () => checked(prepared, request, method), "the edit");
  const frames = frameCount(input, request);
  if (compare !== undefined) await checkOutput(compare, { frames, size: comparisonSize(size) });
  const { kind } = await checkOutput(out, { input: request.input, frames, size });
  const audio = await soundOf(input, request, kind, report);
  const { model, bytes } = checkCosts(prepared, request, method, edit, frames);
  const kept = request.resume === false ? undefined : await keptStates(openCache(), bytes, report);
  const store = kept && untilDone(kept);
  announce(session, { ...prepared, model }, request, WHOLE[method] ?? null);
  report({ type: "fact", name: "method", text: BASELINES[method].title });
  for (const warning of edit.plan.warnings) report({ type: "warning", ...warning });
  const used = usedBaseline(request, prepared, edit, own);
  report({ type: "settings", arguments: commandLineOf("edit", used) });

  const read = () => readClip(input.path, size, request, signal, tellWarnings(report));
  const clip = await asPhase(report, "read", read, input.path);
  const job = editByBaseline(method, model, clip, {
    source: terms.prompt,
    target: requireTarget(request),
    steps: terms.steps,
    size: Math.min(size.width, size.height),
    guidance: edit.settings.guidance,
    ...defined({ store, ...own, mask }),
    signal,
  });
  for await (const event of job) {
    // How its parts read the sentences is not how the method does.
    if (event.type === "sample" || event.type === "plan") continue;
    if (event.type !== "loss") report(event);
    else {
      const { type, step, steps, loss, gradientNorm, secondsLeft } = event;
      report({ type, step, steps, loss, gradientNorm, secondsLeft });
    }
  }
  const result = await job;
  const metadata = provenanceOf("edit", used, model, terms.prompt);
  const writing = { like: result, audio, onWarning: tellWarnings(report), signal, metadata };
  await asPhase(report, "write", () => writeVideo(out, result.frames, writing), out);
  const beside = { what: COMPARISON, output: out };
  const shown = provenanceOf("edit", { ...used, ...defined({ compare }) }, model, terms.prompt, beside);
  await writeComparison(request, clip, result, shown, session);
  await store?.done();
  return out;
}
