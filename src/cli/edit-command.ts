import { type EditJobOptions, edit, framesOf } from "../edit/index.ts";
import { checkOutput, type VideoWarning, writeVideo } from "../video/index.ts";
import { announceInput, announcePlan, announceSettings } from "./announce.ts";
import { frameList } from "./attend.ts";
import { asPhase, invertClip } from "./clip-inversion.ts";
import { withEstimate, workOf } from "./cost.ts";
import { defined } from "./defined.ts";
import { checkSavedInversion } from "./effects.ts";
import { type ClipOptions, frameCount, openInput } from "./input.ts";
import { openModel } from "./open-model.ts";
import type { Amplification } from "./parse.ts";
import { checkEdit } from "./plan.ts";
import type { Session } from "./session.ts";
import { inputSize, missingSource, termsOf } from "./terms.ts";
import { checkWritable } from "./writable.ts";

/** What the command line of `fatezero edit` holds. */
export interface EditCommandOptions extends ClipOptions {
  readonly source?: string | undefined;
  readonly target: string;
  readonly out: string;
  readonly negative?: string | undefined;
  readonly model?: string | undefined;
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
}

function editOptions(options: EditCommandOptions): EditJobOptions {
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
  await checkOutput(options.out, { input: path });
  await checkWritable(options.out);
  const input = await openInput(path);
  if (input.kind === "inversion") checkSavedInversion(path, input.inversion, { ...options, attend });
  else if (options.source === undefined) throw missingSource();

  const model = await openModel(options.model, input, session);
  const terms = termsOf(model, input, { ...options, attend });
  const size = inputSize(model, input, options);
  const checked = checkEdit(model, terms, size, editOptions(options));
  await checkOutput(options.out, { input: path, frames: frameCount(input, options) });
  announceInput(report, model, input, size, options, terms);
  announcePlan(report, checked);
  announceSettings(report, terms, checked);

  const inverting = input.kind === "clip" ? terms.steps : 0;
  const work = workOf(inverting, checked.plan, checked.settings.guidance);
  const onEvent = withEstimate(report, model, work);
  const { prompt, steps } = terms;
  const method = { prompt, steps, ...defined({ attend, compat: options.compat }) };
  const inversion =
    input.kind === "inversion"
      ? input.inversion
      : await invertClip(model, { input, size, reading: options, method }, session, onEvent);
  const job = edit(model, inversion, { ...checked.options, signal });
  for await (const event of job) await onEvent(event, framesOf(inversion));
  const result = await job;
  const audio = options.audio === false ? "none" : "copy";
  const onWarning = (warning: VideoWarning): void => report({ type: "warning", ...warning });
  await asPhase(report, "write", () =>
    writeVideo(options.out, result.frames, { like: result, audio, onWarning, signal }),
  );
  return options.out;
}
