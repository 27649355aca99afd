import { createSchedule, guide, type ScheduleStep } from "../diffusion/index.ts";
import type { Denoiser, Model, SitePlan } from "../pipeline/index.ts";
import type { EditPlan, EditStep } from "../prompt/index.ts";
import type { JobState } from "../resume/index.ts";
import { type BranchTexts, encodeTexts } from "./branch-texts.ts";
import { differenceMask } from "./difference-mask.ts";
import { denoiseFused } from "./fused-branches.ts";
import { guidedSteps } from "./guided-steps.ts";
import { fitHandMasks, withHandMasks } from "./hand-mask.ts";
import { type Inversion, latentsAt } from "./inversion.ts";
import type { EditSettings } from "./knobs.ts";
import { createBlend } from "./latent-blend.ts";
import { automaticMask, maskSource, masksByLevel, type SoftMask } from "./masks.ts";
import type { PlannedEdit, PlannedRegion } from "./planned-edit.ts";
import { prepareRegions } from "./prepare-regions.ts";
import type { PreparedEdit, PreparedStep, StepFusion } from "./prepared-edit.ts";
import { type FittedRegions, sharesByLevel } from "./region-shares.ts";
import { prepareRemoval } from "./removal.ts";
import { type Compute, denoiseApart, reusingDeep, takesSource, wholeSteps } from "./reuse-deep.ts";
import { denoiserOf, sourceStatesOf } from "./source-states.ts";

/** What is fused in the steps of an edit, beside what its plan says. */
interface FusedWith {
  readonly self: StepFusion["self"];
  readonly regions: readonly PlannedRegion[];
  /** Whether the edit's branches are fused in every step: where something is hidden, or composed of regions. */
  readonly always: boolean;
  readonly guided: readonly boolean[];
}

/** Which steps fuse what (paper Alg. 2, its conditions on t_s and t_c), and which are guided. */
function stepsOf(
  steps: readonly ScheduleStep[],
  plan: EditPlan,
  { self, regions, always, guided }: FusedWith,
): readonly PreparedStep[] {
  const own = { A: new Float32Array(plan.length ** 2), b: new Float32Array(plan.length).fill(1) };
  return steps.map((step) => {
    const at = (of: EditPlan): EditStep => of.steps[step.index]!;
    const { cross } = at(plan);
    const fusesSelf = [plan, ...regions.map((region) => region.plan)].some((of) => at(of).self);
    const fusion = {
      cross: cross ?? own,
      self: fusesSelf ? self : "none",
      regions: regions.map((region) => at(region.plan).cross ?? own),
    };
    return { ...step, guided: guided[step.index]!, fusion: always || cross || fusesSelf ? fusion : null };
  });
}

/** What masks self-attention, in which layers, whether what lies inside is hidden, and which regions there are. */
interface MaskedBy {
  readonly mask: ((step: PreparedStep) => SoftMask) | null;
  readonly sites: SitePlan;
  readonly hides: boolean;
  readonly regions: FittedRegions | null;
}

/** Which way of the source its latents are of. */
interface FusesFrom {
  readonly from: EditSettings["fuseFrom"];
  /** The model, where the source's branch runs by itself, once, and not beside those of the edit; else null. */
  readonly keeping: Model | null;
}

/**
 * Runs the branches of a step: the source on the latents that its inversion kept for the same timestep (docs/algorithm.md,
 * "Why it is exact"), or on those that its reconstruction had there.
 */
function branchesDenoiser(
  denoiser: Denoiser,
  inversion: Inversion,
  texts: BranchTexts,
  { mask, sites, from, hides, regions, keeping }: MaskedBy & FusesFrom,
): Compute {
  const levels = hides ? sites.levels : sites.fusedLevels;
  return async (step, z, deep, signal) => {
    const { timestep, inverted, fusion, guided } = step;
    const edit = { latents: z, text: texts.edit };
    const free = guided ? texts.unconditional : null;
    const unconditional = free && { latents: z, text: free(inverted) };
    const own = unconditional ? [unconditional, edit] : [edit];
    if (!fusion) return denoiseApart(denoiser, own, timestep, deep, signal);
    // On its way to noise a timestep is told for the latents below it, on its way back for those at it.
    const entry = from === "inversion" ? inverted : inverted + 1;
    const source = { latents: latentsAt(inversion, entry), text: texts.source };
    const masks =
      (hides || fusion.self === "masked") && mask ? { masks: masksByLevel(mask(step), levels, z) } : {};
    const parts = regions && {
      texts: texts.regions,
      cross: fusion.regions,
      shares: sharesByLevel(regions.at(inverted), sites.levels, z),
      unseen: sharesByLevel(regions.unseenAt(inverted), sites.levels, z),
    };
    const at = { source, timestep, inverted };
    const sourceStates =
      keeping && takesSource(deep, sites)
        ? await sourceStatesOf(keeping, inversion, { denoiser, sites }, at, signal)
        : null;
    const branches = {
      source,
      unconditional,
      edit,
      ...fusion,
      ...masks,
      hides,
      regions: parts,
      sourceStates,
      deep,
    };
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
  const { denoiser, sites, keepsSource } = denoiserOf(model, inversion, settings.fuseLayers);
  const schedule = createSchedule(model.checkpoint.scheduler, steps, method.compat);
  const texts = await encodeTexts(model, inversion, planned, signal);
  const hand = fitHandMasks(planned.hand, inversion);
  const isReplaced = hand?.mask !== null && hand?.mode === "replace";
  const difference =
    settings.maskFrom === "difference" && tau < 1 && !isReplaced && !planned.regions?.keepsRest
      ? (kept?.tensors.difference ?? (await differenceMask(denoiser, schedule, inversion, texts, signal)))
      : null;
  const noisiest = schedule.inversion.at(-1)!.alphaTo;
  const removal = planned.removes
    ? prepareRemoval(inversion, plan.mask.sourceTokens, difference, { tau, noisiest })
    : null;
  const hides = removal !== null;
  const own = removal?.mask ?? maskSource(inversion, plan.mask.sourceTokens, difference);
  const auto = own && !isReplaced ? automaticMask(own, tau) : null;
  const whole = hand ? withHandMasks(tau < 1 ? auto : null, hand) : auto;
  // What is protected alone asks for no mask elsewhere: without one the source's self-attention holds there anyway.
  const masksWhole = settings.maskSelfAttention && tau < 1 && (auto !== null || isReplaced);
  const list = planned.regions?.list ?? [];
  const parts = planned.regions
    ? prepareRegions(inversion, planned, planned.regions, { hand, whole, masksWhole })
    : null;
  const used = parts ? parts.mask : whole;
  const masked = parts ? parts.hand : hand;
  const automatic = parts ? parts.automatic : hand?.mask && tau < 1 ? auto : null;
  const masksSelf = parts !== null || masksWhole;
  const self = masksSelf ? "masked" : "full";
  const selfMask = parts?.selfMask ?? (whole && ((step: PreparedStep) => whole.used(step.inverted)));
  const prepared = stepsOf(schedule.steps, plan, {
    ...{ self, regions: list, always: hides || parts !== null },
    guided: guidedSteps(settings, steps),
  });
  const compute = branchesDenoiser(denoiser, inversion, texts, {
    ...{ mask: selfMask, sites, from: settings.fuseFrom, hides },
    keeping: keepsSource ? model : null,
    regions: parts?.fitted ?? null,
  });
  return {
    steps: prepared,
    ...(settings.reuseDeep === undefined
      ? { denoise: (step, z, stop) => compute(step, z, null, stop) }
      : reusingDeep(compute, prepared, wholeSteps(planned), kept?.tensors.whole_latents ?? null)),
    guide: parts?.guide ?? ((_, predictions) => guide(predictions, guidance)),
    blend: createBlend(inversion, planned, sites, { difference, hand: masked, used, removal }),
    blendsLatents: settings.latentBlend || masked !== null,
    ...{ mask: used, hand: masked, automatic, difference, tau, masksSelf, removal },
  };
}
