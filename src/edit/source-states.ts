import { positionsOf, type SourceName, sourceName } from "../attention/index.ts";
import { attentionSites } from "../model/index.ts";
import {
  type Branch,
  createDenoiser,
  type Denoiser,
  type Model,
  type Prediction,
  planSites,
  type SitePlan,
} from "../pipeline/index.ts";
import { type FloatTensor, floatTensor, slice0 } from "../tensor/index.ts";
import { type Inversion, sizesOf } from "./inversion.ts";
import type { EditSettings } from "./knobs.ts";

/** Bytes of the source's hidden states that an inversion keeps, at most: beyond them edits compute the source's branch. */
const MAX_BYTES = 256 * 2 ** 20;

/** The size of an inversion: steps T, frames F, and its latents' height and width. */
interface Sizes {
  readonly steps: number;
  readonly frames: number;
  readonly height: number;
  readonly width: number;
}

type Network = Pick<Model, "unet">;
type Fused = Pick<SitePlan, "fused">;

/** The shape of what each fused block takes in: [T, F, N, C]. */
function shapesOf({ unet }: Network, { fused }: Fused, { steps, frames, height, width }: Sizes) {
  return attentionSites(unet)
    .filter(({ path }) => fused.has(path))
    .map((site) => {
      const shape = [steps, frames, positionsOf(site, height, width), site.channels] as const;
      return [sourceName(site), shape] as const;
    });
}

/**
 * Bytes of the source's hidden states that an inversion of this size keeps; 0 where they would be too many. Whether an edit
 * is computed from them depends on this alone, not on whether they are there: so the same edit has the same numbers when
 * its inversion was made by an earlier run.
 */
export function sourceStateBytes(model: Network, sites: Fused, sizes: Sizes): number {
  const bytes = shapesOf(model, sites, sizes).reduce((sum, [, [t, f, n, c]]) => sum + 4 * t * f * n * c, 0);
  return bytes <= MAX_BYTES ? bytes : 0;
}

/** What the blocks that an edit may fuse took in of the source (attention/source-states.ts), by the steps of its inversion. */
interface SourceStates {
  /** What computed them: another engine's may have other last digits. */
  readonly engine: Model["engine"];
  /** By block, [T, F, N, C] in the order of the inversion. */
  readonly tensors: ReadonlyMap<SourceName, FloatTensor>;
  /** The steps that are there; who computes another adds it. */
  readonly recorded: Set<number>;
}

/** By the latents of the way that they are of: no part of what an inversion is, and gone with it. */
const KEPT = new WeakMap<FloatTensor, SourceStates>();

/** An inversion whose UNet runs are asked for; its latents may still be to come. */
type Job = Pick<Inversion, "steps" | "latents" | "settings">;

/** What is kept of an inversion that this model may take. */
function keptOf({ engine }: Pick<Model, "engine">, { latents }: Pick<Job, "latents">): SourceStates | null {
  const kept = KEPT.get(latents);
  return kept?.engine === engine ? kept : null;
}

/** Makes room for what is kept of an inversion; none where it would be too much. */
export function keepStates(model: Network & Pick<Model, "engine">, sites: Fused, inversion: Job): void {
  const { engine } = model;
  const sizes = sizesOf(inversion);
  if (keptOf(model, inversion) || sourceStateBytes(model, sites, sizes) === 0) return;
  const tensors = shapesOf(model, sites, sizes).map(([name, shape]) => [name, floatTensor(shape)] as const);
  KEPT.set(inversion.latents, { engine, tensors: new Map(tensors), recorded: new Set() });
}

/** Keeps what a step of the inversion took in, by block [F, N, C], where there is room: all blocks' that have a place, or none. */
export function recordStates(
  model: Pick<Model, "engine">,
  inversion: Pick<Job, "latents">,
  inverted: number,
  states: Prediction["states"],
): void {
  const kept = keptOf(model, inversion);
  const given = [...(kept?.tensors ?? [])].map(([name, tensor]) => [tensor, states.get(name)] as const);
  if (!kept || given.some(([, state]) => state === undefined)) return;
  for (const [tensor, state] of given) tensor.data.set(state!.data, inverted * state!.data.length);
  kept.recorded.add(inverted);
}

/** The states [F, N, C] that entered the fused blocks at a step of the inversion; null where one of them is not there. */
function statesAt(
  { tensors, recorded }: SourceStates,
  inverted: number,
  { fused }: Fused,
): Prediction["states"] | null {
  const names = [...fused].map((path) => sourceName({ path }));
  if (!recorded.has(inverted) || !names.every((name) => tensors.has(name))) return null;
  return new Map(
    names.map((name) => {
      const all = tensors.get(name)!;
      return [name, floatTensor(all.shape.slice(1), slice0(all, inverted, inverted + 1).data)];
    }),
  );
}

/**
 * The denoiser of an inversion and of all that is made of it: so each of them runs its branches alone by the same graph, and
 * that is opened once. `keepsSource`: whether that graph tells the source's states.
 */
export function denoiserOf(
  model: Model,
  inversion: Job,
  fuseLayers?: EditSettings["fuseLayers"],
): { readonly denoiser: Denoiser; readonly sites: SitePlan; readonly keepsSource: boolean } {
  const { settings } = inversion;
  const sizes = sizesOf(inversion);
  const sites = planSites(model, settings.compat, sizes.height, sizes.width, fuseLayers);
  const keepsSource = sourceStateBytes(model, sites, sizes) > 0;
  return { denoiser: createDenoiser(model, settings, sites, { records: keepsSource }), sites, keepsSource };
}

/** The states of a step: those that are kept, or those of the source's branch by itself, which are kept from then on. */
export async function sourceStatesOf(
  model: Pick<Model, "engine">,
  inversion: Pick<Job, "latents">,
  { denoiser, sites }: { readonly denoiser: Denoiser; readonly sites: Fused },
  { source, timestep, inverted }: { source: Branch; timestep: number; inverted: number },
  signal?: AbortSignal,
): Promise<Prediction["states"]> {
  const kept = keptOf(model, inversion);
  const known = kept && statesAt(kept, inverted, sites);
  if (known) return known;
  const { states } = await denoiser.plain([source], timestep, signal);
  recordStates(model, inversion, inverted, states);
  return states;
}
