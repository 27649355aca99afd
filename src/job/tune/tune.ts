import { defined } from "../../defined.ts";
import { promptIds, resolveMethod } from "../../pipeline/index.ts";
import {
  askedFields,
  CLIP,
  commandLineOf,
  type EditRequest,
  MODEL,
  type Need,
  pickFields,
  type TuneRequest,
} from "../../request/index.ts";
import { leaveOut, say, the } from "../../say.ts";
import { checkSaving, savedBytes } from "../../tune/index.node.ts";
import { type ClassImages, checkTunable, resolveTuning, type TuneOptions } from "../../tune/index.ts";
import { checkOutput } from "../../video/index.node.ts";
import { announceInput } from "../announce.ts";
import { checkApart } from "../apart.ts";
import { asPhase } from "../as-phase.ts";
import { openCache } from "../cache.ts";
import { countFrames } from "../clip-frames.ts";
import { editJob } from "../edit.ts";
import { frameCount, type Input, openInput, readClip, workingSize } from "../input.ts";
import { keptStates } from "../kept-states.ts";
import { openModel } from "../open-model.ts";
import { provenanceOf } from "../provenance.ts";
import { tellReplaced } from "../replaced.ts";
import type { Session } from "../session.ts";
import { checkSource, sourceOf } from "../source-caption.ts";
import { untilDone } from "../until-done.ts";
import { usageError } from "../usage.ts";
import { tellWarnings } from "../video-warning.ts";
import { checkWritable } from "../writable.ts";
import { readClassImages } from "./class-images.ts";
import { checkTuningMemory } from "./memory.ts";
import { checkTunedPlace, type TunedPlace, tunedPlace } from "./place.ts";
import { checkSamples, samplingOf, writeSample } from "./samples.ts";
import { announceTraining, tuneAndSave } from "./tune-and-save.ts";
import type { Sample } from "./tune-clip.ts";

/** Refuses what would do nothing, or cannot go together. */
function checkTogether(request: TuneRequest): void {
  const pairs = [
    ["classImages", request.classImages],
    ["thenEdit", request.thenEdit],
    ["samples", request.samples],
  ] as const satisfies readonly (readonly [Need, unknown])[];
  for (const [need, given] of pairs) {
    const [useless] = given === undefined ? askedFields(request, need) : [];
    if (useless !== undefined)
      throw usageError(
        say`${the(useless)} would have no effect without ${the(need)}.`,
        say`${leaveOut(useless)}.`,
      );
  }
  const { rank, fullConvolutions, classImages, classPrompt } = request;
  if (rank !== undefined && fullConvolutions)
    throw usageError(
      say`${the("rank")} is of low-rank convolutions, and ${the("fullConvolutions")} makes whole ones.`,
      say`${leaveOut("rank")}, or ${leaveOut("fullConvolutions")}.`,
    );
  if (classImages !== undefined && classPrompt === undefined)
    throw usageError(
      say`${the("classPrompt")} is missing, which says what the class images show.`,
      'Say for instance "a photo of a car".',
    );
}

/** A request whose clip is described. */
type Sourced = TuneRequest & { readonly source: string };

/** The options of the library that a request comes to, but for what is read and kept. */
function tuneOptions(request: Sourced, size: number): Omit<TuneOptions, "signal" | "store" | "classImages"> {
  const { source: prompt, steps, learningRate, trainModules, rank, fullConvolutions, attend } = request;
  const { seed, holdOut, stopEarly, recompute, compat } = request;
  const samples = samplingOf(request)?.options;
  return {
    prompt,
    size,
    ...defined({
      steps,
      learningRate,
      trainModules,
      attend,
      seed,
      holdOut,
      stopEarly,
      recompute,
      compat,
      samples,
    }),
    ...(fullConvolutions ? { rank: "full" } : defined({ rank })),
  };
}

/** The training that gives this model again, every choice spelled out. Paths stand as they were given. */
function usedTuning(
  request: Sourced,
  model: { readonly name: string; readonly size: number },
  options: ReturnType<typeof resolveTuning>,
): TuneRequest {
  const { input, source, out, classImages, classPrompt, savedPrecision, delta, thenEdit, modelOut } = request;
  const { steps, adamw, modules, rank, attend, seed, holdOut, stopEarly, recompute, compat } = options;
  const {
    lora: _,
    embeddings: __,
    maxMemory: ___,
    device: ____,
    ...parts
  } = pickFields(MODEL, request) as Record<string, unknown>;
  return {
    ...{ input, source, out, steps, seed, attend, holdOut, trainModules: modules },
    ...pickFields(CLIP, request),
    ...{ size: request.size ?? model.size, learningRate: adamw.learningRate },
    ...(rank === "full" ? { fullConvolutions: true } : { rank }),
    ...(recompute ? { recompute } : {}),
    ...defined({ classImages, classPrompt, savedPrecision, delta, thenEdit, modelOut }),
    ...defined({ stopEarly: stopEarly ?? undefined, compat: compat ?? undefined }),
    ...parts,
    model: model.name,
  };
}

/** The class images that a request names. */
async function classImagesOf(
  { classImages: path, classPrompt: prompt }: TuneRequest,
  compat: "fatezero" | null,
  session: Session,
): Promise<ClassImages | undefined> {
  return path === undefined || prompt === undefined
    ? undefined
    : readClassImages({ path, prompt }, compat, session);
}

/** The edit that follows: of the same frames at once, as the model was tuned on them. */
function thenEdit(request: Sourced, { model }: TunedPlace, size: number): EditRequest | null {
  const { input, source, thenEdit: target, out, lowMemory, maxMemory, device, resume, base } = request;
  if (target === undefined) return null;
  const clip = { ...pickFields(CLIP, request), size };
  // Changed weights lie over the model that was tuned.
  const over = request.delta ? { base: base ?? request.model } : {};
  return {
    input,
    source,
    target,
    out,
    model,
    ...clip,
    ...defined({ lowMemory, maxMemory, device, resume, ...over }),
  };
}

/**
 * `fatezero tune`: tunes a model on a clip and writes it; with `thenEdit` an edit with it follows. Returns the path of the
 * model, or of the edited video.
 */
export async function tuneJob(asked: TuneRequest, session: Session): Promise<string> {
  const { signal, report } = session;
  checkTogether(asked);
  const place = tunedPlace(asked);
  if (asked.thenEdit !== undefined) {
    await checkOutput(asked.out, { input: asked.input });
    await checkWritable(asked.out);
  }
  await checkApart(
    {
      out: asked.out,
      modelOut: asked.thenEdit === undefined ? undefined : place.model,
      samples: asked.samples,
    },
    asked,
  );
  await checkTunedPlace(place, [asked.input, asked.model, asked.base, asked.classImages]);
  if (asked.samples !== undefined) await checkSamples(asked.samples, asked.input);
  await tellReplaced(report, [place.model, ...(asked.thenEdit === undefined ? [] : [asked.out])]);

  const open = async (): Promise<Input> => {
    const opened = await openInput(asked.input);
    if (opened.kind === "clip") await countFrames(opened.path, asked, signal);
    return opened;
  };
  const input = await asPhase(report, "open", open, asked.input);
  if (input.kind === "inversion")
    throw usageError(
      `"${input.path}" is a saved inversion, which does not hold its video.`,
      "Name the video.",
    );
  await checkSource(asked);
  const model = await openModel({ ...asked, precision: "fp32" }, input, session);
  checkTunable(model);
  checkSaving(model, { delta: place.isDelta });
  const request = { ...asked, source: await sourceOf(asked, input, model, session), captioner: undefined };
  const size = workingSize(model, input.info, request);
  const options = tuneOptions(request, Math.min(size.width, size.height));
  const settings = resolveTuning(model, options);
  promptIds(model.tokenizer, request.source, settings.compat, "prompt");
  if (request.thenEdit !== undefined)
    promptIds(model.tokenizer, request.thenEdit, settings.compat, "target prompt");
  const frames = frameCount(input, request);
  const cost = checkTuningMemory(model, { frames, ...size, settings }, request);
  const { savedPrecision: precision = "fp32" } = request;
  const kept = openCache();
  const store =
    request.resume === false ? undefined : untilDone(await keptStates(kept, cost.stateBytes, report));
  await checkWritable(place.model, {
    bytes: savedBytes(model, cost.network, { precision, delta: place.isDelta }),
  });

  const terms = {
    prompt: request.source,
    steps: settings.steps,
    settings: resolveMethod(model, defined({ compat: request.compat })),
  };
  announceInput(report, model, input, size, request, terms);
  announceTraining(report, cost);
  const used = usedTuning(request, model, settings);
  report({ type: "settings", arguments: commandLineOf("tune", used) });
  const metadata = provenanceOf("tune", used, model, request.source, { what: "a model tuned on a clip" });

  const read = () => readClip(input.path, size, request, signal, tellWarnings(report));
  const clip = await asPhase(report, "read", read, input.path);
  const classes = await classImagesOf(request, settings.compat, session);
  const sampling = samplingOf(request);
  const onSample = sampling && ((sample: Sample) => writeSample(sample, sampling, { signal, metadata }));
  const training = { ...options, ...defined({ classImages: classes }) };
  await tuneAndSave(model, clip, training, { place, precision, metadata, store, onSample }, session);
  const edit = thenEdit(request, place, Math.min(size.width, size.height));
  if (edit === null) return place.model;
  report({ type: "fact", name: "tuned", text: place.model });
  await model.close();
  return (await editJob(edit, session)).output;
}
