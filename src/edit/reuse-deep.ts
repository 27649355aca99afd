import { type CutUNet, type DeepForm, plainUNet } from "../attention/index.ts";
import { FateZeroError } from "../errors.ts";
import type { AttentionSite } from "../model/index.ts";
import type { Branch, Denoiser, Model, Prediction } from "../pipeline/index.ts";
import { leaveOut, say, the } from "../say.ts";
import type { FloatTensor } from "../tensor/index.ts";
import { guidedSteps } from "./guided-steps.ts";
import type { EditSettings } from "./knobs.ts";
import type { PlannedEdit } from "./planned-edit.ts";
import type { PreparedEdit, PreparedStep } from "./prepared-edit.ts";

/**
 * The finest level that is not computed in every step: one is, the finest of all. With two of them a step would still take
 * seven to eight tenths of the whole (`npm run bench:approximations`).
 */
export const DEEP_LEVEL = 1;

/** What the shallow part takes of the whole's time on a processor, about, in tinytown and Stable Diffusion (docs/faster.md). */
export const SHALLOW_WORK = 0.55;

/** Bytes of the deep part's feature of so many branches of a clip, with latents of this height and width. */
export function featureBytes(
  channels: readonly number[],
  size: {
    readonly branches: number;
    readonly frames: number;
    readonly height: number;
    readonly width: number;
  },
): number {
  const positions = (size.height * size.width) / 4 ** (DEEP_LEVEL - 1);
  return 4 * size.branches * size.frames * channels[DEEP_LEVEL]! * positions;
}

/** How a step runs the UNet: whole, which tells the deep part's feature by branch, or its shallow part with one. */
export interface DeepStep {
  readonly given: readonly FloatTensor[] | null;
}

/** Whether the source lends anything in such a step: the shallow part takes only what its own blocks fuse. */
export const takesSource = (
  deep: DeepStep | null,
  { all, fused }: { readonly all: readonly AttentionSite[]; readonly fused: ReadonlySet<string> },
): boolean => !deep?.given || all.some(({ level, path }) => level < DEEP_LEVEL && fused.has(path));

/** What such a step asks the graphs for, and what tells it from the others by name. */
export function deepVariant(deep: DeepStep | null): {
  readonly form: DeepForm | null;
  /** The name of a variant, and of the one that the steps between run. */
  readonly named: (name: string) => { readonly name: string; readonly beside?: string };
  readonly feature: { readonly deep?: readonly FloatTensor[] };
} {
  if (!deep) return { form: null, named: (name) => ({ name }), feature: {} };
  const reuses = deep.given !== null;
  const [own, other] = reuses ? ["shallow", "telling"] : ["telling", "shallow"];
  return {
    form: { level: DEEP_LEVEL, reuses },
    named: (name) => ({ name: `${name} ${own}`, beside: `${name} ${other}` }),
    feature: deep.given ? { deep: deep.given } : {},
  };
}

/** Predictions of every branch by itself, with the deep part's feature told or taken. */
export function denoiseApart(
  denoiser: Denoiser,
  branches: readonly Branch[],
  timestep: number,
  deep: DeepStep | null,
  signal?: AbortSignal,
): Promise<Prediction> {
  if (!deep) return denoiser.plain(branches, timestep, signal);
  const { form, named, feature } = deepVariant(deep);
  return denoiser.by<CutUNet>(
    {
      ...named("plain"),
      build: (component, options) => plainUNet(component, options, () => false, form),
      feeds: {},
      ...feature,
    },
    branches,
    timestep,
    signal,
  );
}

const noEffect = (because: string, remedy = say`${leaveOut("reuseDeep")}.`): FateZeroError =>
  new FateZeroError("bad-option", say`${the("reuseDeep")} would have no effect: ${because}.`, remedy);

/** Of how many steps one is whole, as it stands in an edit's settings: absent where all are. Throws FateZeroError `bad-option`. */
export function chooseReuse(every: number | undefined, compat: boolean): Pick<EditSettings, "reuseDeep"> {
  if (every === undefined) return {};
  if (!Number.isInteger(every) || every < 1)
    throw new FateZeroError(
      "bad-option",
      say`${the("reuseDeep")} is ${String(every)}.`,
      "It must be a whole number of steps from 1, such as 2.",
    );
  if (compat && every > 1)
    throw noEffect(
      "the released code computes every step",
      say`${leaveOut("reuseDeep")}, or ${leaveOut("compat")}.`,
    );
  return every === 1 ? {} : { reuseDeep: every };
}

/** A line on it, where some steps are not whole; else nothing. */
export const noteReuse = ({ reuseDeep }: Pick<EditSettings, "reuseDeep">): string =>
  reuseDeep === undefined
    ? ""
    : `\nOne of ${reuseDeep} steps runs the whole UNet; the others run its finest level, with what the coarser ones gave before.`;

/** Throws FateZeroError `bad-option` where a model has no levels that could be left out, or an edit no step to do it in. */
export function checkReuse({ unet, name }: Model, planned: PlannedEdit): void {
  if (planned.settings.reuseDeep === undefined) return;
  if (unet.channels.length <= DEEP_LEVEL) throw noEffect(`the UNet of ${name} has one level`);
  if (wholeSteps(planned).every(Boolean))
    throw noEffect("in each of the edit's steps other things begin, and such a step is whole");
}

/**
 * Which steps of an edit run the whole UNet, noisiest first: of every `reuseDeep` the first, counted anew where other
 * branches begin to run, or other attention to be fused.
 */
export function wholeSteps({
  plan,
  settings,
  regions = null,
}: Pick<PlannedEdit, "plan"> &
  Partial<Pick<PlannedEdit, "regions">> & {
    readonly settings: Pick<EditSettings, "guidance" | "guidanceSteps" | "reuseDeep">;
  }): readonly boolean[] {
  const { reuseDeep = 1 } = settings;
  const guided = guidedSteps(settings, plan.steps.length);
  const plans = [plan, ...(regions?.list ?? []).map((region) => region.plan)];
  const kindOf = (index: number): string => {
    const at = plans.map(({ steps }) => steps[index]!);
    const isOn = (what: "cross" | "self"): boolean => at.some((step) => Boolean(step[what]));
    return [guided[index], isOn("cross"), isOn("self")].join();
  };
  let since = 0;
  return plan.steps.map((_, index) => {
    const begins = index === 0 || kindOf(index) !== kindOf(index - 1) || since === reuseDeep - 1;
    since = begins ? 0 : since + 1;
    return begins;
  });
}

/** Runs the branches of a step; with `deep` the whole UNet, or its shallow part. */
export type Compute = (
  step: PreparedStep,
  z: FloatTensor,
  deep: DeepStep | null,
  signal?: AbortSignal,
) => Promise<Prediction>;

/**
 * An edit that runs the whole UNet in some of its steps. The others take the deep part's feature and the word maps of the
 * last such step; `kept` are the latents that this one began with, where the edit goes on between the two: it is
 * computed again then.
 */
export function reusingDeep(
  compute: Compute,
  steps: readonly PreparedStep[],
  whole: readonly boolean[],
  kept: FloatTensor | null,
): Required<Pick<PreparedEdit, "denoise" | "wholeLatents">> {
  let last: { readonly z: FloatTensor; found: Prediction | null } | null = kept && { z: kept, found: null };
  const tell = (step: PreparedStep, z: FloatTensor, signal?: AbortSignal): Promise<Prediction> =>
    compute(step, z, { given: null }, signal);
  return {
    denoise: async (step, z, signal) => {
      if (last === null || whole[step.index]) {
        const found = await tell(step, z, signal);
        last = { z, found };
        return found;
      }
      const before = steps[whole.lastIndexOf(true, step.index)]!;
      const found = last.found ?? (await tell(before, last.z, signal));
      last.found = found;
      const { deep, wordMaps } = found;
      return { ...(await compute(step, z, { given: deep }, signal)), wordMaps };
    },
    wholeLatents: (done) => (last && whole[done] === false ? last.z : null),
  };
}
