import { join } from "node:path";
import { defined } from "../defined.ts";
import { drawMaps } from "../picture/index.ts";
import { promptIds } from "../pipeline/index.ts";
import { announceInput, announceSettings } from "./announce.ts";
import { frameList } from "./attend.ts";
import { checkSavedInversion } from "./effects.ts";
import { withEstimate, workOf } from "./estimate.ts";
import { type ClipOptions, openInput } from "./input.ts";
import { asPhase, invertClip } from "./invert-clip.ts";
import { checkMapsFolder, writeMapsFolder } from "./maps-folder.ts";
import type { ModelOptions } from "./model-options.ts";
import { openModel } from "./open-model.ts";
import { checkMaps } from "./seeing.ts";
import type { Session } from "./session.ts";
import { sourceFrames } from "./source-frames.ts";
import { inputSize, missingSource, termsOf } from "./terms.ts";

/** What the command line of `fatezero maps` holds. */
export interface MapsCommandOptions extends ClipOptions, ModelOptions {
  readonly source?: string | undefined;
  readonly out: string;
  readonly steps?: number | undefined;
  readonly attend?: string | undefined;
  readonly mapsEvery?: number | undefined;
}

/** What words stand for shows in few steps: maps of 20 and of 50 steps look alike. */
const STEPS = 20;
const EVERY = 5;

/** `fatezero maps`: inverts a clip and draws what each word stands for. Returns the path of the overview. */
export async function mapsCommand(
  path: string,
  options: MapsCommandOptions,
  session: Session,
): Promise<string> {
  const { report, signal } = session;
  const attend = frameList(options.attend);
  await checkMapsFolder(options.out);
  const input = await openInput(path);
  if (input.kind === "inversion") checkSavedInversion(path, input.inversion, { ...options, attend });
  else if (options.source === undefined) throw missingSource();

  const model = await openModel(options, input, session);
  const terms = termsOf(model, input, { ...options, attend, steps: options.steps ?? STEPS });
  const size = inputSize(model, input, options);
  promptIds(model.tokenizer, terms.prompt, terms.settings.compat, "source prompt");
  checkMaps(model, terms, size);
  announceInput(report, model, input, size, options, terms);
  announceSettings(report, terms, null);

  const { prompt, steps } = terms;
  const method = { prompt, steps, ...defined({ attend, compat: options.compat }) };
  const onEvent = withEstimate(report, model, workOf(input.kind === "clip" ? steps : 0, null, 1));
  const inversion =
    input.kind === "inversion"
      ? input.inversion
      : await invertClip(model, { input, size, reading: options, method }, session, onEvent);
  await asPhase(report, "write", async () => {
    const frames = await sourceFrames(model, input, inversion, options, signal);
    const pictures = drawMaps({ model, inversion, frames, every: options.mapsEvery ?? EVERY });
    await writeMapsFolder(options.out, pictures, signal);
  });
  return join(options.out, "overview.png");
}
