import { promptIds } from "../edit/index.ts";
import { announceInput, announceSettings } from "./announce.ts";
import { frameList } from "./attend.ts";
import { asPhase, invertClip } from "./clip-inversion.ts";
import { withEstimate, workOf } from "./cost.ts";
import { defined } from "./defined.ts";
import { type ClipOptions, openInput } from "./input.ts";
import { checkInversionOutput, writeInversion } from "./inversion-output.ts";
import { openModel } from "./open-model.ts";
import type { Session } from "./session.ts";
import { inputSize, termsOf } from "./terms.ts";
import { usageError } from "./usage.ts";

/** What the command line of `fatezero invert` holds. */
export interface InvertCommandOptions extends ClipOptions {
  readonly source: string;
  readonly out: string;
  readonly model?: string | undefined;
  readonly steps?: number | undefined;
  readonly attend?: string | undefined;
}

/** `fatezero invert`: inverts a clip and saves what edits need. Returns the path of the inversion. */
export async function invertCommand(
  path: string,
  options: InvertCommandOptions,
  session: Session,
): Promise<string> {
  const { report } = session;
  const attend = frameList(options.attend);
  await checkInversionOutput(options.out);
  const input = await openInput(path);
  if (input.kind === "inversion") {
    throw usageError(
      `"${path}" is a saved inversion already.`,
      `Edit it: fatezero edit ${path} -t "…" -o out.mp4.`,
    );
  }
  const model = await openModel(options.model, input, session);
  const terms = termsOf(model, input, { ...options, attend });
  const size = inputSize(model, input, options);
  promptIds(model.tokenizer, terms.prompt, null, "source prompt");
  announceInput(report, model, input, size, options, terms);
  announceSettings(report, terms, null);

  const { prompt, steps } = terms;
  const method = { prompt, steps, ...defined({ attend, compat: options.compat }) };
  const onEvent = withEstimate(report, model, workOf(steps, null, 1));
  const inversion = await invertClip(model, { input, size, reading: options, method }, session, onEvent);
  await asPhase(report, "write", () => writeInversion(options.out, inversion));
  return options.out;
}
