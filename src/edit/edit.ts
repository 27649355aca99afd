import { sumOfTokens } from "../attention/index.ts";
import { createSchedule, ddimStep, guide } from "../diffusion/index.ts";
import { FateZeroError } from "../errors.ts";
import {
  buildEditPlan,
  type CrossFusion,
  type CrossSteps,
  type EditPlan,
  type FusionWindow,
  type MaskWords,
  type WordTable,
} from "../prompt/index.ts";
import { type FloatTensor, floatTensor } from "../tensor/index.ts";
import type { Frame, Video } from "../video/index.ts";
import { checkFinite, checkNumber } from "./check.ts";
import { decodeLatents, imagesToFrames } from "./codec.ts";
import { createDenoiser, type FusedStep } from "./denoiser.ts";
import type { ProgressEvent } from "./events.ts";
import { type Inversion, latentsAt, wordMap } from "./inversion.ts";
import { createJob, type Job } from "./job.ts";
import { blendLatents, latentMask, selfMasks } from "./masks.ts";
import type { Model } from "./model.node.ts";
import { type Preset, type PresetName, presetFor } from "./presets.ts";
import { promptIds } from "./prompt-ids.ts";
import { planSites } from "./settings.ts";

export interface EditJobOptions {
  /** What the video should show instead. */
  readonly prompt: string;
  /** What it should not show. @default "" */
  readonly negative?: string;
  /** Guidance scale s; up to 1 there is no guidance. @default 7.5 */
  readonly guidance?: number;
  /** Share of the steps, from the noisiest, whose self-attention is fused: 1 − t_s/T. @default by kind of edit */
  readonly selfSteps?: FusionWindow;
  /** Share of the steps whose cross-attention is fused, 1 − t_c/T; also by word. @default by kind of edit */
  readonly crossSteps?: CrossSteps;
  /** τ of the blend mask, 0…1; from 1 on the source's self-attention replaces all. @default by kind of edit */
  readonly maskThreshold?: number;
  /** Words whose attention makes the mask. @default the source words that change */
  readonly maskWords?: MaskWords | "auto" | "none";
  /** Factors on the attention to words of the target prompt. */
  readonly amplify?: WordTable<number>;
  /** Keep the source's latents outside the mask. @default by kind of edit */
  readonly latentBlend?: boolean;
  /** Fuse self-attention in layers of at most 1024 positions, or in all (paper Alg. 2). @default "auto" */
  readonly fuseLayers?: "auto" | "all";
  /** How target words find their source words. @default "auto" */
  readonly method?: "auto" | "replace" | "refine";
  /** Ends the job at once when aborted. */
  readonly signal?: AbortSignal;
}

export interface EditResult extends Video {
  /** How the prompts were understood. */
  readonly plan: EditPlan;
  readonly preset: PresetName;
  /** The knobs that were used. */
  readonly settings: Preset & { readonly guidance: number };
  /** The edited latents [F, C, h, w]. */
  readonly latents: FloatTensor;
}

/** Steps, counted from 1, in which latents are blended: strictly between these shares (released code). */
const BLEND_FROM = 0.2;
const BLEND_TO = 0.8;

/** A, b of a step whose cross-attention is the edit's own. */
function noCrossFusion(length: number): CrossFusion {
  return { A: new Float32Array(length * length), b: new Float32Array(length).fill(1) };
}

function addTensors(a: FloatTensor, b: FloatTensor): FloatTensor {
  return floatTensor(
    a.shape,
    a.data.map((value, i) => value + b.data[i]!),
  );
}

function checkModel(model: Model, inversion: Inversion): void {
  if (inversion.model.fingerprint === model.fingerprint) return;
  throw new FateZeroError(
    "other-model",
    `The inversion was made with the model "${inversion.model.name}", this is "${model.name}" with other weights.`,
    "Edit it with the model that made it, or invert the video again.",
  );
}

/** Resolves the plan and the knobs; the kind of edit follows from the words that change. */
function plan(model: Model, inversion: Inversion, options: EditJobOptions) {
  const base = {
    source: inversion.prompt,
    target: options.prompt,
    steps: inversion.steps,
    method: options.method,
    amplify: options.amplify,
    maskWords: options.maskWords,
    compat: inversion.settings.compat ?? undefined,
  };
  const draft = buildEditPlan(model.tokenizer, {
    ...base,
    selfSteps: options.selfSteps,
    crossSteps: options.crossSteps,
  });
  const name: PresetName = draft.mask.sourceTokens.length > 0 ? "attribute" : "style";
  const preset = presetFor(name, model.checkpoint.settings);
  const editPlan = buildEditPlan(model.tokenizer, {
    ...base,
    selfSteps: options.selfSteps ?? preset.selfSteps,
    crossSteps: options.crossSteps ?? preset.crossSteps,
  });
  const settings = {
    ...preset,
    maskThreshold: checkNumber("The mask threshold", options.maskThreshold ?? preset.maskThreshold, 0, 1e9),
    latentBlend: options.latentBlend ?? preset.latentBlend,
    guidance: checkNumber("The guidance scale", options.guidance ?? 7.5, 0, 1e4),
  };
  return { editPlan, name, settings };
}

async function* run(
  model: Model,
  inversion: Inversion,
  options: EditJobOptions,
): AsyncGenerator<ProgressEvent, EditResult, void> {
  checkModel(model, inversion);
  const { signal } = options;
  const { steps, settings: method } = inversion;
  const { editPlan, name, settings } = plan(model, inversion, options);
  for (const warning of editPlan.warnings) yield { type: "warning", ...warning };
  yield { type: "plan", explanation: editPlan.explanation };

  const schedule = createSchedule(model.checkpoint.scheduler, steps);
  const [h, w] = inversion.latents.shape.slice(-2) as [number, number];
  const sites = planSites(model, method.compat, h, w, options.fuseLayers);
  const denoiser = createDenoiser(model, method, sites);
  const guided = settings.guidance > 1;
  const encode = async (text: string, role: string): Promise<FloatTensor> =>
    model.encodeText(promptIds(model.tokenizer, text, method.compat, role).ids, signal);
  const sourceText = await model.encodeText(inversion.ids, signal);
  const targetText = await model.encodeText(editPlan.target.ids, signal);
  const freeText = guided ? await encode(options.negative ?? "", "negative prompt") : null;

  const { sourceTokens, targetTokens } = editPlan.mask;
  const masked = sourceTokens.length > 0 && settings.maskThreshold < 1;
  const own = noCrossFusion(editPlan.length);
  let targetMaps: FloatTensor | null = null;
  let z = latentsAt(inversion, steps);

  yield { type: "phase", phase: "edit", steps };
  for (let i = 0; i < steps; i++) {
    const start = performance.now();
    const timestep = schedule.timesteps[i]!;
    const { cross, self } = editPlan.steps[i]!;
    // The inversion's maps at this timestep were computed on the latent one step cleaner (released code, §3 "why exact").
    const inverted = steps - 1 - i;
    const edit = { latents: z, text: targetText };
    const unconditional = freeText ? { latents: z, text: freeText } : null;
    const sourceMap = sourceTokens.length > 0 ? wordMap(inversion, inverted, sourceTokens) : null;

    let prediction: Awaited<ReturnType<typeof denoiser.plain>>;
    if (cross || self) {
      const step: FusedStep = {
        source: { latents: latentsAt(inversion, inverted), text: sourceText },
        unconditional,
        edit,
        cross: cross ?? own,
        self: !self ? "none" : masked ? "masked" : "full",
        ...(masked && self && sourceMap
          ? { masks: selfMasks(sourceMap, sites, h, w, settings.maskThreshold) }
          : {}),
      };
      prediction = await denoiser.fused(step, timestep, signal);
    } else {
      prediction = await denoiser.plain(unconditional ? [unconditional, edit] : [edit], timestep, signal);
    }
    const [first, second] = prediction.predictions;
    const epsilon = second ? guide(first!.data, second.data, settings.guidance) : first!.data;
    z = floatTensor(z.shape, ddimStep(schedule, z.data, epsilon, timestep));

    if (settings.latentBlend && sourceMap && prediction.wordMaps) {
      const maps = sumOfTokens(prediction.wordMaps, targetTokens, sites.mapHeight, sites.mapWidth);
      targetMaps = targetMaps ? addTensors(targetMaps, maps) : maps;
      if (i + 1 > Math.floor(BLEND_FROM * steps) && i + 1 < Math.floor(BLEND_TO * steps)) {
        const mask = latentMask(
          sourceMap,
          targetTokens.length > 0 ? targetMaps : null,
          z.shape,
          settings.maskThreshold,
        );
        // The released code blends with the source one step noisier than the edit; level with it is right.
        z = blendLatents(z, latentsAt(inversion, method.compat ? inverted + 1 : inverted), mask);
      }
    }
    checkFinite(z, "the edit", i + 1, timestep);
    const seconds = (performance.now() - start) / 1000;
    yield { type: "step", phase: "edit", step: i + 1, steps, timestep, seconds };
  }

  yield { type: "phase", phase: "decode", steps: 1 };
  const start = performance.now();
  const images = await decodeLatents(model, z, { signal });
  checkFinite(images, "decoding", 1, null);
  const seconds = (performance.now() - start) / 1000;
  yield { type: "step", phase: "decode", step: 1, steps: 1, timestep: null, seconds };
  const frames: readonly Frame[] = imagesToFrames(images);
  return { frames, fps: inversion.fps, plan: editPlan, preset: name, settings, latents: z };
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
