import {
  frameIndices,
  fusedUNet,
  maskInput,
  plainUNet,
  type SelfFusion,
  type UNetGraphOptions,
} from "../attention/index.ts";
import type { CrossFusion } from "../prompt/index.ts";
import type { Feeds } from "../runtime/index.ts";
import { concat0, type FloatTensor, floatTensor, slice0 } from "../tensor/index.ts";
import type { MethodSettings, SitePlan } from "./method.ts";
import type { Model } from "./model.ts";
import type { OpenGraph } from "./sessions.ts";

/** One branch of the batch: latents [F, C, h, w] under a prompt's text states [L, D]. */
export interface Branch {
  readonly latents: FloatTensor;
  readonly text: FloatTensor;
}

export interface Prediction {
  /** One prediction per branch asked for, each [F, C, h, w]. */
  readonly predictions: readonly FloatTensor[];
  /** Word maps [F, N, L] of the last branch, null where the latent size has none. */
  readonly wordMaps: FloatTensor | null;
}

export interface FusedStep {
  readonly source: Branch;
  /** Null without guidance. */
  readonly unconditional: Branch | null;
  readonly edit: Branch;
  readonly cross: CrossFusion;
  readonly self: SelfFusion;
  /** Self-attention masks by level, [F, positions]; only for `self: "masked"`. */
  readonly masks?: ReadonlyMap<number, FloatTensor>;
}

/** Runs the UNet for one job: which frames, which settings, at which size are fixed. */
export interface Denoiser {
  /** Every branch by itself. */
  plain(branches: readonly Branch[], timestep: number, signal?: AbortSignal): Promise<Prediction>;
  /** The edit with the source's attention fused in; predictions of (unconditional,) edit. */
  fused(step: FusedStep, timestep: number, signal?: AbortSignal): Promise<Prediction>;
}

/** Above this size two open UNets would cost too much memory: one is closed before the next is opened. */
const KEEP_OPEN_BYTES = 256 * 2 ** 20;

function batch(branches: readonly Branch[]): { latents: FloatTensor; text: FloatTensor } {
  const stack = (tensors: readonly FloatTensor[]): FloatTensor =>
    concat0(tensors.map((t) => floatTensor([1, ...t.shape], t.data)));
  return { latents: stack(branches.map((b) => b.latents)), text: stack(branches.map((b) => b.text)) };
}

function unbatch(tensor: FloatTensor): FloatTensor[] {
  return Array.from({ length: tensor.shape[0]! }, (_, i) => {
    const row = slice0(tensor, i, i + 1);
    return floatTensor(tensor.shape.slice(1), row.data);
  });
}

export function createDenoiser(model: Model, settings: MethodSettings, sites: SitePlan): Denoiser {
  const component = model.checkpoint.unet;
  const options: UNetGraphOptions = {
    attend: settings.attend,
    groupNorm: settings.groupNorm,
    temporal: true,
    textLength: model.tokenizer.maxLength,
    wordMapSites: sites.maps,
  };
  const fuses = ({ path }: { path: string }): boolean => sites.fused.has(path);
  const key = JSON.stringify([settings, sites.maps.map((site) => site.path), [...sites.fused]]);
  let current: string | null = null;

  const open = async (
    variant: string,
    build: () => ReturnType<typeof plainUNet>,
    signal?: AbortSignal,
  ): Promise<OpenGraph> => {
    const name = `unet ${variant} ${key}`;
    if (model.unetBytes > KEEP_OPEN_BYTES && current !== name) await model.sessions.close("unet ");
    current = name;
    return model.sessions.open(name, () => ({ ...build() }), signal);
  };
  const run = async (
    graph: OpenGraph,
    branches: readonly Branch[],
    timestep: number,
    feeds: Feeds,
    signal?: AbortSignal,
  ) => {
    const { latents, text } = batch(branches);
    const frames = latents.shape[1]!;
    const outputs = await graph.run(
      {
        latents,
        text,
        timestep: floatTensor([branches.length], new Float32Array(branches.length).fill(timestep)),
        attendTo: frameIndices(settings.attend.frames, frames),
        ...feeds,
      },
      signal,
    );
    return {
      predictions: unbatch(outputs.prediction!),
      wordMaps: outputs.wordMaps ? unbatch(outputs.wordMaps).at(-1)! : null,
    };
  };

  return {
    async plain(branches, timestep, signal) {
      const graph = await open("plain", () => plainUNet(component, options), signal);
      return run(graph, branches, timestep, {}, signal);
    },
    async fused({ source, unconditional, edit, cross, self, masks }, timestep, signal) {
      const guided = unconditional !== null;
      const build = () => fusedUNet(component, options, { self, fuses, unconditional: guided });
      const graph = await open(`fused ${self} ${guided}`, build, signal);
      const length = model.tokenizer.maxLength;
      const maskFeeds = Object.fromEntries(
        [...(masks ?? [])].map(([level, mask]) => [maskInput(level), mask]),
      );
      const feeds = {
        replace: floatTensor([length, length], cross.A),
        keep: floatTensor([length], cross.b),
        ...maskFeeds,
      };
      const branches = guided ? [source, unconditional, edit] : [source, edit];
      return run(graph, branches, timestep, feeds, signal);
    },
  };
}
