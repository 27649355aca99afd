import { createSchedule, type ScheduleStep } from "../diffusion/index.ts";
import {
  createDenoiser,
  type Denoiser,
  type Model,
  type Prediction,
  planSites,
  type SitePlan,
} from "../pipeline/index.ts";
import type { CrossFusion, EditPlan } from "../prompt/index.ts";
import type { JobState } from "../resume/index.ts";
import type { FloatTensor } from "../tensor/index.ts";
import { type BranchTexts, encodeTexts } from "./branch-texts.ts";
import { differenceMask } from "./difference-mask.ts";
import { denoiseFused } from "./fused-branches.ts";
import { type FittedMasks, fitHandMasks, withHandMasks } from "./hand-mask.ts";
import { type Inversion, latentsAt } from "./inversion.ts";
import type { EditSettings } from "./knobs.ts";
import { type BlendStep, createBlend } from "./latent-blend.ts";
import { automaticMask, maskSource, masksByLevel, type UsedMask } from "./masks.ts";
import type { PlannedEdit } from "./plan-edit.ts";
import { type PreparedRemoval, prepareRemoval } from "./removal.ts";

/** What an edit step takes from the source. */
export interface StepFusion {
  readonly cross: CrossFusion;
  readonly self: "none" | "full" | "masked";
}

/** A step of the schedule and what is fused in it; null: the edit keeps all of its own attention. */
export interface PreparedStep extends ScheduleStep {
  readonly fusion: StepFusion | null;
}

/** An edit with everything settled: what is left is Algorithm 2's loop. */
export interface PreparedEdit {
  /** Noisiest first. */
  readonly steps: readonly PreparedStep[];
  /** Guidance scale s; up to 1 there is no unconditional branch. */
  readonly guidance: number;
  /** Predictions of (unconditional,) edit for latents z [F, C, h, w]; the source runs beside them where something is fused. */
  readonly denoise: (step: PreparedStep, z: FloatTensor, signal?: AbortSignal) => Promise<Prediction>;
  /** Keeps the source's latents outside the mask; without a latent blend it changes nothing. */
  readonly blend: BlendStep;
  readonly blendsLatents: boolean;
  /** The masks as they act; null where the edit has none. */
  readonly mask: UsedMask | null;
  /** Masks by hand, which are part of `mask`. */
  readonly hand: FittedMasks | null;
  /** Where the predictions for the two prompts differ [F, h, w], about 0…1; null where the mask is not made of that. */
  readonly difference: FloatTensor | null;
  /** τ of the masks. */
  readonly tau: number;
  /** Whether self-attention is masked, where it is fused; else the mask serves the latent blend alone. */
  readonly masksSelf: boolean;
  /** What a removal has beside; null for other edits. */
  readonly removal: PreparedRemoval | null;
}

/** Which steps fuse what (paper Alg. 2, its conditions on t_s and t_c); where something is hidden it is `always` hidden. */
function stepsOf(
  steps: readonly ScheduleStep[],
  plan: EditPlan,
  self: StepFusion["self"],
  always: boolean,
): readonly PreparedStep[] {
  const own = { A: new Float32Array(plan.length ** 2), b: new Float32Array(plan.length).fill(1) };
  return steps.map((step) => {
    const { cross, self: fusesSelf } = plan.steps[step.index]!;
    const fusion = { cross: cross ?? own, self: fusesSelf ? self : "none" };
    return { ...step, fusion: always || cross || fusesSelf ? fusion : null };
  });
}

/** What masks self-attention, in which layers, and whether what lies inside is hidden. */
interface MaskedBy {
  readonly mask: UsedMask | null;
  readonly sites: SitePlan;
  readonly hides: boolean;
}

/** Which way of the source its latents are of. */
interface FusesFrom {
  readonly from: EditSettings["fuseFrom"];
}

/**
 * Runs the branches of a step: the source on the latents that its inversion kept for the same timestep (docs/algorithm.md,
 * "Why it is exact"), or on those that its reconstruction had there.
 */
function branchesDenoiser(
  denoiser: Denoiser,
  inversion: Inversion,
  texts: BranchTexts,
  { mask, sites, from, hides }: MaskedBy & FusesFrom,
): PreparedEdit["denoise"] {
  const levels = hides ? sites.levels : sites.fusedLevels;
  return async ({ timestep, inverted, fusion }, z, signal) => {
    const edit = { latents: z, text: texts.edit };
    const unconditional = texts.unconditional && { latents: z, text: texts.unconditional(inverted) };
    if (!fusion) return denoiser.plain(unconditional ? [unconditional, edit] : [edit], timestep, signal);
    // On its way to noise a timestep is told for the latents below it, on its way back for those at it.
    const entry = from === "inversion" ? inverted : inverted + 1;
    const source = { latents: latentsAt(inversion, entry), text: texts.source };
    const masks =
      (hides || fusion.self === "masked") && mask
        ? { masks: masksByLevel(mask.used(inverted), levels, z) }
        : {};
    const branches = { source, unconditional, edit, ...fusion, ...masks, hides };
    return denoiseFused(denoiser, sites, branches, timestep, signal);
  };
}

/**
 * Settles everything that an edit's steps need: text states, what is fused when, in which layers, under which mask, and
 * what is blended. `inversion` is the source's way that its attention is taken from; `kept` is the state of an earlier run,
 * whose mask is taken over.
 */
export async function prepareEdit(
  model: Model,
  inversion: Inversion,
  planned: PlannedEdit,
  kept: JobState | null = null,
  signal?: AbortSignal,
): Promise<PreparedEdit> {
  const { plan, settings } = planned;
  const { steps, settings: method } = inversion;
  const { maskThreshold: tau, guidance } = settings;
  const [h, w] = inversion.latents.shape.slice(-2) as [number, number];
  const sites = planSites(model, method.compat, h, w, settings.fuseLayers);
  const schedule = createSchedule(model.checkpoint.scheduler, steps, method.compat);
  const denoiser = createDenoiser(model, method, sites);
  const texts = await encodeTexts(model, inversion, planned, signal);
  const hand = fitHandMasks(planned.hand, inversion);
  const isReplaced = hand?.mask !== null && hand?.mode === "replace";
  const difference =
    settings.maskFrom === "difference" && tau < 1 && !isReplaced
      ? (kept?.tensors.difference ?? (await differenceMask(denoiser, schedule, inversion, texts, signal)))
      : null;
  const noisiest = schedule.inversion.at(-1)!.alphaTo;
  const removal = planned.removes
    ? prepareRemoval(inversion, plan.mask.sourceTokens, difference, { tau, noisiest })
    : null;
  const hides = removal !== null;
  const own = removal?.mask ?? maskSource(inversion, plan.mask.sourceTokens, difference);
  const auto = own && !isReplaced ? automaticMask(own, tau) : null;
  const mask = hand ? withHandMasks(tau < 1 ? auto : null, hand) : auto;
  // What is protected alone asks for no mask elsewhere: without one the source's self-attention holds there anyway.
  const masksSelf = settings.maskSelfAttention && tau < 1 && (auto !== null || isReplaced);
  return {
    steps: stepsOf(schedule.steps, plan, masksSelf ? "masked" : "full", hides),
    guidance,
    denoise: branchesDenoiser(denoiser, inversion, texts, { mask, sites, from: settings.fuseFrom, hides }),
    blend: createBlend(inversion, planned, sites, { difference, hand, used: mask, removal }),
    blendsLatents: settings.latentBlend || hand !== null,
    ...{ mask, hand, difference, tau, masksSelf, removal },
  };
}
