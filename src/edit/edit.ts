import { threshold } from "../attention/index.ts";
import { createSchedule, ddimStep, guide } from "../diffusion/index.ts";
import type { CrossFusion } from "../prompt/index.ts";
import { createKeeper, type JobState, type Keeper } from "../resume/index.ts";
import { type FloatTensor, floatTensor } from "../tensor/index.ts";
import type { Frame, Video } from "../video/index.ts";
import { checkFinite } from "./check.ts";
import { checkModel } from "./check-model.ts";
import { decodeLatents, imagesToFrames } from "./codec.ts";
import { createDenoiser, type FusedStep } from "./denoiser.ts";
import { differenceMask } from "./difference-mask.ts";
import { editKey, editState, fitsEdit } from "./edit-state.ts";
import type { ProgressEvent } from "./events.ts";
import { clipFacts, type Inversion, latentsAt, wordMap } from "./inversion.ts";
import { createJob, type Job } from "./job.ts";
import { keepOnFailure } from "./keep.ts";
import { type EditMasks, masksOfSteps } from "./kept-masks.ts";
import { createFixedBlend, createWordBlend } from "./latent-blend.ts";
import { maskOfLatents, maskOfWords, selfMasks } from "./masks.ts";
import type { Model } from "./model.node.ts";
import { type EditJobOptions, type PlannedEdit, planEdit } from "./plan-edit.ts";
import { promptIds } from "./prompt-ids.ts";
import { planSites } from "./settings.ts";

export interface EditResult extends Video, PlannedEdit {
  /** The edited latents [F, C, h, w]. */
  readonly latents: FloatTensor;
  /** The masks that were used, if there were any and `keepMasks` asked for them. */
  readonly masks?: EditMasks;
  /** With `keepTrajectory`: [T+1, F, C, h, w] in the order of an inversion's latents, entry 0 is the result. */
  readonly trajectory?: FloatTensor;
}

/** A, b of a step whose cross-attention is the edit's own. */
function noCrossFusion(length: number): CrossFusion {
  return { A: new Float32Array(length * length), b: new Float32Array(length).fill(1) };
}

async function* run(
  model: Model,
  inversion: Inversion,
  options: EditJobOptions,
): AsyncGenerator<ProgressEvent, EditResult, void> {
  checkModel(model, inversion);
  const planned = await planEdit(model, inversion, options);
  for (const warning of planned.plan.warnings) yield { type: "warning", ...warning };
  yield { type: "plan", explanation: planned.plan.explanation };

  const { checkpoint } = options;
  const key = checkpoint ? await editKey(model, inversion, planned, options) : "";
  const keeper = createKeeper(checkpoint, key);
  const state = yield* keeper.load((found) => fitsEdit(inversion, found));
  if (state) yield { type: "resumed", phase: "edit", step: state.step, steps: state.steps };
  const work = compute(model, inversion, planned, options, { state, keeper });
  const result = yield* keepOnFailure("edit", keeper, work);
  await keeper.remove();
  return result;
}

async function* compute(
  model: Model,
  inversion: Inversion,
  planned: PlannedEdit,
  options: EditJobOptions,
  { state, keeper }: { readonly state: JobState | null; readonly keeper: Keeper },
): AsyncGenerator<ProgressEvent, EditResult, void> {
  const { signal } = options;
  const { steps, settings: method } = inversion;
  const { plan: editPlan, settings } = planned;
  const done = state?.step ?? 0;
  const schedule = createSchedule(model.checkpoint.scheduler, steps, method.compat);
  const [h, w] = inversion.latents.shape.slice(-2) as [number, number];
  const sites = planSites(model, method.compat, h, w, options.fuseLayers);
  const denoiser = createDenoiser(model, method, sites);
  const guided = settings.guidance > 1;
  const encode = async (text: string, role: string): Promise<FloatTensor> =>
    model.encodeText(promptIds(model.tokenizer, text, method.compat, role).ids, signal);
  const sourceText = await model.encodeText(inversion.ids, signal);
  const targetText = await model.encodeText(editPlan.target.ids, signal);
  const freeText = guided ? await encode(options.negative ?? "", "negative prompt") : null;

  const { sourceTokens } = editPlan.mask;
  const { maskThreshold } = settings;
  const byDifference = settings.maskFrom === "difference" && maskThreshold < 1;
  const texts = { source: sourceText, target: targetText };
  const difference = byDifference
    ? (state?.tensors.difference ?? (await differenceMask(denoiser, schedule, inversion, texts, signal)))
    : null;
  const blend = !settings.latentBlend
    ? null
    : difference
      ? createFixedBlend(inversion, threshold(difference, maskThreshold))
      : createWordBlend(inversion, editPlan, sites, maskThreshold, state?.tensors.target_maps);
  const masked =
    (options.maskSelfAttention ?? true) &&
    maskThreshold < 1 &&
    (difference !== null || sourceTokens.length > 0);
  const own = noCrossFusion(editPlan.length);
  const softOf = (step: number) =>
    difference ? maskOfLatents(difference) : maskOfWords(wordMap(inversion, step, sourceTokens));
  const masksOf = (step: number) => selfMasks(softOf(step), sites, h, w, maskThreshold);
  let z = state?.tensors.latents ?? latentsAt(inversion, steps);
  const trajectory = options.keepTrajectory ? floatTensor(inversion.latents.shape) : null;
  trajectory?.data.set((state?.tensors.trajectory ?? z).data, (steps - done) * z.data.length);
  const progress = (step: number): (() => JobState) => {
    const at = { latents: z, targetMaps: blend?.targetMaps() ?? null, difference, trajectory };
    return () => editState(inversion, editPlan.target.text, at, step);
  };
  if (!state) yield* keeper.step(progress(0));

  yield { type: "phase", phase: "edit", steps: steps - done };
  for (let i = done; i < steps; i++) {
    const start = performance.now();
    const timestep = schedule.timesteps[i]!;
    const { cross, self } = editPlan.steps[i]!;
    // The inversion's maps at this timestep were computed on the latent one step cleaner (released code, §3 "why exact").
    const inverted = steps - 1 - i;
    const edit = { latents: z, text: targetText };
    const unconditional = freeText ? { latents: z, text: freeText } : null;

    let prediction: Awaited<ReturnType<typeof denoiser.plain>>;
    if (cross || self) {
      const step: FusedStep = {
        source: { latents: latentsAt(inversion, inverted), text: sourceText },
        unconditional,
        edit,
        cross: cross ?? own,
        self: !self ? "none" : masked ? "masked" : "full",
        ...(masked && self ? { masks: masksOf(inverted) } : {}),
      };
      prediction = await denoiser.fused(step, timestep, signal);
    } else {
      prediction = await denoiser.plain(unconditional ? [unconditional, edit] : [edit], timestep, signal);
    }
    const [first, second] = prediction.predictions;
    const epsilon = second ? guide(first!.data, second.data, settings.guidance) : first!.data;
    z = floatTensor(z.shape, ddimStep(schedule, z.data, epsilon, timestep));

    if (blend) z = blend.blend(z, i, prediction.wordMaps);
    checkFinite(z, "the edit", i + 1, timestep);
    trajectory?.data.set(z.data, inverted * z.data.length);
    yield* keeper.step(progress(i + 1));
    const seconds = (performance.now() - start) / 1000;
    yield { type: "step", phase: "edit", step: i + 1, steps, timestep, seconds };
  }

  // Decoding and writing take their time too.
  yield* keeper.flush();
  yield { type: "phase", phase: "decode", steps: 1 };
  const start = performance.now();
  const images = await decodeLatents(model, z, { signal });
  checkFinite(images, "decoding", 1, null);
  const seconds = (performance.now() - start) / 1000;
  yield { type: "step", phase: "decode", step: 1, steps: 1, timestep: null, seconds };
  const frames: readonly Frame[] = imagesToFrames(images);
  const hasMask = difference !== null || sourceTokens.length > 0;
  // The latent blend by words uses them in the middle steps only, which the fused ones cover.
  const blendsAll = blend && (difference || !(masked && editPlan.steps.some(({ self }) => self)));
  const maskedSteps = editPlan.steps.flatMap(({ self }, i) =>
    hasMask && ((masked && self) || blendsAll) ? [i] : [],
  );
  const masks = options.keepMasks
    ? masksOfSteps(
        maskedSteps,
        { softOf: (i) => softOf(steps - 1 - i), fixed: difference !== null },
        { height: h, width: w },
        maskThreshold,
      )
    : undefined;
  return {
    frames,
    ...clipFacts(inversion),
    ...planned,
    latents: z,
    ...(masks ? { masks } : {}),
    ...(trajectory ? { trajectory } : {}),
  };
}

/**
 * Edits an inverted clip by a target prompt (paper Alg. 2): denoises with guidance while the source's attention is
 * fused into the edit's, step by step. The inversion is not changed; edit it as often as you like.
 *
 * @throws FateZeroError on an inversion of another model, a word that is in neither prompt, a number out of range.
 * @example
 * const result = await edit(model, inversion, { prompt: "a blue car on a road under a blue sky" });
 */
export function edit(
  model: Model,
  inversion: Inversion,
  options: EditJobOptions,
): Job<ProgressEvent, EditResult> {
  return createJob(() => run(model, inversion, options));
}
