import { positionsOf, sourceName } from "../attention/index.ts";
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
import { floatTensor, slice0 } from "../tensor/index.ts";
import { type Inversion, type SourceStates, sizesOf } from "./inversion.ts";
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

/** States that are to be filled; null where they would be too many. */
export function emptySourceStates(model: Network, sites: Fused, sizes: Sizes): SourceStates | null {
  if (sourceStateBytes(model, sites, sizes) === 0) return null;
  const tensors = shapesOf(model, sites, sizes).map(([name, shape]) => [name, floatTensor(shape)] as const);
  return { tensors: new Map(tensors), recorded: new Set() };
}

/** Keeps what a step of the inversion took in, by block [F, N, C]: all blocks that have a place for it, or none. */
export function recordStates(
  { tensors, recorded }: SourceStates,
  inverted: number,
  states: Prediction["states"],
): void {
  const given = [...tensors.keys()].map((name) => [name, states.get(name)] as const);
  if (given.some(([, state]) => state === undefined)) return;
  for (const [name, state] of given) tensors.get(name)!.data.set(state!.data, inverted * state!.data.length);
  recorded.add(inverted);
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

/** An inversion whose UNet runs are asked for; its latents may still be to come. */
type Job = Pick<Inversion, "steps" | "latents" | "settings">;

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
  denoiser: Denoiser,
  sites: Fused,
  kept: SourceStates | undefined,
  { source, timestep, inverted }: { source: Branch; timestep: number; inverted: number },
  signal?: AbortSignal,
): Promise<Prediction["states"]> {
  const known = kept && statesAt(kept, inverted, sites);
  if (known) return known;
  const { states } = await denoiser.plain([source], timestep, signal);
  if (kept) recordStates(kept, inverted, states);
  return states;
}
