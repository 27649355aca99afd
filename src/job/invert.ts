import { defined } from "../defined.ts";
import { promptIds } from "../pipeline/index.ts";
import type { Frame } from "../video/index.ts";
import { announceInput, announceSettings } from "./announce.ts";
import { frameList } from "./attend.ts";
import { openCache } from "./cache.ts";
import { withEstimate, workOf } from "./estimate.ts";
import { type ClipOptions, openInput } from "./input.ts";
import { checkInversionOutput, writeInversion } from "./inversion-output.ts";
import { asPhase, invertClip } from "./invert-clip.ts";
import { judgeSource } from "./judge.ts";
import type { ModelOptions } from "./model-options.ts";
import { openModel } from "./open-model.ts";
import { invertArguments, provenanceOf } from "./provenance.ts";
import { warnOfWords } from "./real-model.ts";
import { checkMaps, checkSeeing, type SeeingOptions, writeSeeing } from "./seeing.ts";
import type { Session } from "./session.ts";
import { inputSize, termsOf } from "./terms.ts";
import { usageError } from "./usage.ts";

/** What the command line of `fatezero invert` holds. */
export interface InvertCommandOptions
  extends ClipOptions,
    ModelOptions,
    Pick<SeeingOptions, "saveMaps" | "mapsEvery"> {
  readonly source: string;
  readonly out: string;
  readonly steps?: number | undefined;
  readonly attend?: string | undefined;
  /** False with `--no-resume`. */
  readonly resume?: boolean | undefined;
}

/** `fatezero invert`: inverts a clip and saves what edits need. Returns the path of the inversion. */
export async function invertCommand(
  path: string,
  options: InvertCommandOptions,
  session: Session,
): Promise<string> {
  const { report } = session;
  const attend = frameList(options.attend);
  const store = options.resume === false ? undefined : openCache();
  await checkInversionOutput(options.out);
  await checkSeeing(options, { input: path, out: options.out });
  const input = await openInput(path);
  if (input.kind === "inversion") {
    throw usageError(
      `"${path}" is a saved inversion already.`,
      `Edit it: fatezero edit ${path} -t "…" -o out.mp4.`,
    );
  }
  const model = await openModel(options, input, session);
  const terms = termsOf(model, input, { ...options, attend });
  const size = inputSize(model, input, options);
  promptIds(model.tokenizer, terms.prompt, null, "source prompt");
  if (options.saveMaps !== undefined) checkMaps(model, terms, size);
  announceInput(report, model, input, size, options, terms);
  announceSettings(report, terms, null);

  warnOfWords(report, model, terms.prompt);
  const command = invertArguments(path, options, model, terms);
  report({ type: "settings", arguments: command });

  const { prompt, steps } = terms;
  const method = { prompt, steps, ...defined({ attend, compat: options.compat, store }) };
  const onEvent = withEstimate(report, model, workOf(steps, null, 1));
  let source: readonly Frame[] | null = null;
  const onFrames = (frames: readonly Frame[]): void => {
    source = frames;
  };
  const clip = { input, size, reading: options, method, onFrames };
  const inversion = await invertClip(model, clip, session, onEvent);
  const metadata = provenanceOf(command, model, terms.prompt);
  await asPhase(report, "write", () => writeInversion(options.out, inversion, metadata));
  await judgeSource(model, inversion, source, session);
  await writeSeeing({ model, input, inversion }, options, session);
  return options.out;
}
