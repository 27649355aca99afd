import { defined } from "../defined.ts";
import { type EditJobOptions, edit, framesOf } from "../edit/index.ts";
import type { Amplification } from "../prompt/index.ts";
import { checkOutput, writeVideo } from "../video/index.node.ts";
import type { Frame, VideoWarning } from "../video/index.ts";
import { announceInput, announcePlan, announceSettings } from "./announce.ts";
import { frameList } from "./attend.ts";
import { openCache } from "./cache.ts";
import { checkSavedInversion } from "./effects.ts";
import { withEstimate, workOf } from "./estimate.ts";
import { type ClipOptions, frameCount, openInput } from "./input.ts";
import { asPhase, invertClip } from "./invert-clip.ts";
import { judgeResult, judgeSource } from "./judge.ts";
import type { ModelOptions } from "./model-options.ts";
import { openModel } from "./open-model.ts";
import { checkEdit } from "./plan.ts";
import { editArguments, inversionArguments, provenanceOf } from "./provenance.ts";
import { warnOfWords } from "./real-model.ts";
import { checkMaps, checkSeeing, keptFor, type SeeingOptions, writeSeeing } from "./seeing.ts";
import type { Session } from "./session.ts";
import { inputSize, missingSource, termsOf } from "./terms.ts";
import { untilDone } from "./until-done.ts";
import { checkWritable } from "./writable.ts";

/** What the command line of `fatezero edit` holds. */
export interface EditCommandOptions extends ClipOptions, ModelOptions, SeeingOptions {
  readonly source?: string | undefined;
  readonly target: string;
  readonly out: string;
  readonly negative?: string | undefined;
  readonly steps?: number | undefined;
  readonly attend?: string | undefined;
  readonly guidance?: number | undefined;
  readonly selfSteps?: EditJobOptions["selfSteps"] | undefined;
  readonly crossSteps?: EditJobOptions["crossSteps"] | undefined;
  readonly maskThreshold?: number | undefined;
  readonly maskWords?: EditJobOptions["maskWords"] | undefined;
  readonly maskFrom?: EditJobOptions["maskFrom"] | undefined;
  readonly amplify?: readonly Amplification[] | undefined;
  readonly latentBlend?: boolean | undefined;
  readonly preset?: EditJobOptions["preset"] | undefined;
  readonly strength?: number | undefined;
  /** False with `--no-audio`. */
  readonly audio?: boolean | undefined;
  /** False with `--no-resume`. */
  readonly resume?: boolean | undefined;
}

/** The library's options of a command line. */
export function editOptions(options: EditCommandOptions): EditJobOptions {
  const { target, negative, guidance, selfSteps, crossSteps } = options;
  const { maskThreshold, maskWords, maskFrom, amplify, latentBlend, preset, strength } = options;
  return {
    prompt: target,
    ...defined({ negative, guidance, selfSteps, crossSteps }),
    ...defined({ maskThreshold, maskWords, maskFrom, amplify, latentBlend, preset, strength }),
  };
}

/** `fatezero edit`: refuses first what can be refused, then works. Returns the path of the result. */
export async function editCommand(
  path: string,
  options: EditCommandOptions,
  session: Session,
): Promise<string> {
  const { signal, report } = session;
  const attend = frameList(options.attend);
  const store = options.resume === false ? undefined : untilDone(openCache());
  await checkOutput(options.out, { input: path });
  await checkWritable(options.out);
  await checkSeeing(options, { input: path, out: options.out });
  const input = await openInput(path);
  if (input.kind === "inversion") checkSavedInversion(path, input.inversion, { ...options, attend });
  else if (options.source === undefined) throw missingSource();

  const model = await openModel(options, input, session);
  const terms = termsOf(model, input, { ...options, attend });
  const size = inputSize(model, input, options);
  const checked = await checkEdit(model, terms, size, editOptions(options));
  if (options.saveMaps !== undefined) checkMaps(model, terms, size);
  if (options.compare !== undefined)
    await checkOutput(options.compare, { frames: frameCount(input, options) });
  await checkOutput(options.out, { input: path, frames: frameCount(input, options) });
  announceInput(report, model, input, size, options, terms);
  announcePlan(report, checked);
  announceSettings(report, terms, checked);
  warnOfWords(report, model, terms.prompt, options.target);
  const command = editArguments(input, options, model, { terms, edit: checked });
  report({ type: "settings", arguments: command });

  const inverting = input.kind === "clip" ? terms.steps : 0;
  const work = workOf(inverting, checked.plan, checked.settings.guidance);
  const onEvent = withEstimate(report, model, work);
  const { prompt, steps } = terms;
  const method = { prompt, steps, ...defined({ attend, compat: options.compat, store }) };
  let frames: readonly Frame[] | null = null;
  const onFrames = (read: readonly Frame[]): void => {
    frames = read;
  };
  const inversion =
    input.kind === "inversion"
      ? input.inversion
      : await invertClip(model, { input, size, reading: options, method, onFrames }, session, onEvent);
  const source = await judgeSource(model, inversion, frames, session);
  const job = edit(model, inversion, {
    ...checked.options,
    ...keptFor(options),
    keepMasks: true,
    ...defined({ store }),
    signal,
  });
  for await (const event of job) await onEvent(event, framesOf(inversion));
  const result = await job;
  const audio = options.audio === false ? "none" : "copy";
  const onWarning = (warning: VideoWarning): void => report({ type: "warning", ...warning });
  const inverted = input.kind === "inversion" ? await inversionArguments(path) : undefined;
  const metadata = {
    ...provenanceOf(command, model, terms.prompt),
    ...defined({ inversion: inverted }),
  };
  await asPhase(report, "write", () =>
    writeVideo(options.out, result.frames, { like: result, audio, onWarning, signal, metadata }),
  );
  await writeSeeing({ model, input, inversion, result }, options, session);
  await store?.done();
  judgeResult(model, inversion, result, source, session);
  return options.out;
}
