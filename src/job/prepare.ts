import { defined } from "../defined.ts";
import { type Model, resolveMethod, scenesFor } from "../pipeline/index.ts";
import { type ClipOptions, defaultOf, type HandMaskOptions, type RequestKind } from "../request/index.ts";
import type { Text } from "../say.ts";
import { announceInput } from "./announce.ts";
import { asPhase } from "./as-phase.ts";
import { freeCardMemory } from "./card-memory.ts";
import { checkFrames } from "./clip-frames.ts";
import { checkSavedInversion } from "./effects.ts";
import { frameCount, type Input, openInput, type Reading, type Size, workingSize } from "./input.ts";
import { openModel } from "./open-model.ts";
import type { InputRequest, InversionTerms, Prepared } from "./prepared.ts";
import type { Session } from "./session.ts";
import { checkSource, sourceOf } from "./source-caption.ts";
import { usageError } from "./usage.ts";

/** Prompt, steps and method of the inversion: those of a saved one, or as the request says. */
async function termsOf(
  kind: RequestKind,
  model: Model,
  input: Input,
  request: InputRequest,
  session: Session,
): Promise<InversionTerms> {
  if (input.kind === "inversion") return input.inversion;
  const { steps = defaultOf("steps", kind), attend, compat, window } = request;
  const settings = resolveMethod(model, defined({ attend, compat, window }), frameCount(input, request));
  return { prompt: await sourceOf(request, input, model, session), steps, settings };
}

/** Size in pixels at which the model works on the input. */
export function inputSize(model: Model, input: Input, options: Reading): Size {
  if (input.kind === "clip") return workingSize(model, input.info, options);
  const [height, width] = input.inversion.latents.shape.slice(-2) as [number, number];
  return { width: width * model.vae.downscale, height: height * model.vae.downscale };
}

/** Opens what a request names, and refuses what a saved inversion has settled otherwise. Nothing is computed. */
export async function prepare(
  kind: RequestKind,
  request: InputRequest & HandMaskOptions,
  session: Session,
): Promise<Prepared> {
  const { input: path } = request;
  const open = async (): Promise<Input> => {
    const opened = await openInput(path);
    if (opened.kind === "clip") await checkFrames(opened.path, request, session.signal);
    return opened;
  };
  const input = await asPhase(session.report, "open", open, path);
  if (input.kind === "inversion" && kind === "invert") {
    throw usageError(
      `"${request.input}" is a saved inversion already.`,
      'Edit it: "fatezero edit" takes it as its input.',
    );
  }
  if (input.kind === "inversion") checkSavedInversion(input, request);
  else await checkSource(request);
  const model = await openModel(request, input, session);
  const size = inputSize(model, input, request);
  const terms = await termsOf(kind, model, input, request, session);
  const scenes = input.kind === "clip" ? scenesFor(model, terms.settings, request.scenes) : "off";
  const cardBytes = await freeCardMemory(model.engine.device);
  return { input, model, terms, size, scenes, window: request.window ?? "auto", cardBytes };
}

/** Tells what was opened. */
export function announce(
  { report }: Session,
  prepared: Prepared,
  reading: ClipOptions,
  alsoWhole: Text | null = null,
): void {
  const { input, model, terms, size } = prepared;
  announceInput(report, model, input, size, reading, terms, alsoWhole);
}
