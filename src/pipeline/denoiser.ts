import { frameIndices, type PlainUNet, plainUNet, type UNetGraphOptions } from "../attention/index.ts";
import type { Component } from "../checkpoint/index.ts";
import type { Feeds, Graph, Outputs } from "../graph/index.ts";
import { concat0, type FloatTensor, floatTensor, slice0 } from "../tensor/index.ts";
import type { MethodSettings, SitePlan } from "./method.ts";
import type { Model } from "./model.ts";
import type { OpenGraph } from "./sessions.ts";

/** One branch of the batch: latents [F, C, h, w] under a prompt's text states [L, D], or each frame's own [F, L, D]. */
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

/** A way of computing a job's UNet: its graph, and what it is fed besides branches and timestep. */
export interface UNetVariant<G extends PlainUNet> {
  /** Tells it from the job's other graphs. */
  readonly name: string;
  readonly build: (component: Component, options: UNetGraphOptions) => G;
  readonly feeds: Omit<Feeds<G>, keyof Feeds<PlainUNet>>;
  /** Text states [L, D] that the graph takes beside those of the branches. @default none */
  readonly texts?: readonly FloatTensor[];
}

/** Runs the UNet for one job: which frames, which settings, at which size are fixed. */
export interface Denoiser {
  /** Every branch by itself. */
  plain(branches: readonly Branch[], timestep: number, signal?: AbortSignal): Promise<Prediction>;
  /** The branches by another graph of the same UNet, which may let them look at each other. */
  by<G extends PlainUNet>(
    variant: UNetVariant<G>,
    branches: readonly Branch[],
    timestep: number,
    signal?: AbortSignal,
  ): Promise<Prediction>;
  /** All that such a graph gives, as it gives it. */
  outputs<G extends PlainUNet>(
    variant: UNetVariant<G>,
    branches: readonly Branch[],
    timestep: number,
    signal?: AbortSignal,
  ): Promise<Outputs<G>>;
}

/** Bytes of a UNet's weights above which only one graph of it is open at a time. */
export const KEEP_OPEN_BYTES = 256 * 2 ** 20;

const isPerFrame = ({ text }: Branch): boolean => text.shape.length === 3;

/** Branches as one batch, and more texts. Where one of them has a text per frame, the others' is repeated for each frame. */
function batch(
  branches: readonly Branch[],
  more: readonly FloatTensor[],
): { latents: FloatTensor; text: FloatTensor } {
  const row = (t: FloatTensor): FloatTensor => floatTensor([1, ...t.shape], t.data);
  const repeats = branches.some(isPerFrame);
  const frames = branches[0]!.latents.shape[0]!;
  const texts = [...branches.map(({ text }) => text), ...more].flatMap((text) =>
    text.shape.length === 3 ? [text] : Array<FloatTensor>(repeats ? frames : 1).fill(row(text)),
  );
  return { latents: concat0(branches.map(({ latents }) => row(latents))), text: concat0(texts) };
}

function unbatch(tensor: FloatTensor): FloatTensor[] {
  return Array.from({ length: tensor.shape[0]! }, (_, i) => {
    const row = slice0(tensor, i, i + 1);
    return floatTensor(tensor.shape.slice(1), row.data);
  });
}

/** The timesteps and branches that every UNet is fed; frames to attend to only where one of its blocks looks at them. */
function feedsOf(
  { attendTo }: PlainUNet["inputs"],
  { attend }: MethodSettings,
  branches: readonly Branch[],
  texts: readonly FloatTensor[],
  timestep: number,
): Feeds<PlainUNet> {
  const { latents, text } = batch(branches, texts);
  return {
    latents,
    text,
    timestep: floatTensor([branches.length], new Float32Array(branches.length).fill(timestep)),
    ...(attendTo ? { attendTo: frameIndices(attend.frames, latents.shape[1]!) } : {}),
  };
}

/** Opens a graph of a model's UNet; of a large one another is closed before, as two would cost too much memory. */
export async function openUNet<G extends Graph>(
  { unetBytes, sessions }: Pick<Model, "unetBytes" | "sessions">,
  name: string,
  build: () => G,
  signal?: AbortSignal,
): Promise<OpenGraph<G>> {
  const full = `unet ${name}`;
  if (unetBytes > KEEP_OPEN_BYTES) await sessions.close("unet ", full);
  return sessions.open(full, build, signal);
}

const PLAIN: UNetVariant<PlainUNet> = { name: "plain", build: plainUNet, feeds: {} };

export function createDenoiser(model: Model, settings: MethodSettings, sites: SitePlan): Denoiser {
  const component = model.checkpoint.unet;
  const options: UNetGraphOptions = {
    attend: settings.attend,
    groupNorm: settings.groupNorm,
    temporal: true,
    textLength: model.tokenizer.maxLength,
    wordMapSites: sites.maps,
  };
  const key = JSON.stringify([settings, sites.maps.map((site) => site.path), [...sites.fused]]);

  const outputs: Denoiser["outputs"] = async (variant, branches, timestep, signal) => {
    const textPerFrame = branches.some(isPerFrame);
    const build = () => variant.build(component, { ...options, textPerFrame });
    const name = `${variant.name}${textPerFrame ? " text per frame" : ""} ${key}`;
    const graph = await openUNet(model, name, build, signal);
    const feeds = {
      ...feedsOf(graph.inputs, settings, branches, variant.texts ?? [], timestep),
      ...variant.feeds,
    };
    // What the variant adds and what every UNet is fed make up what this graph is fed.
    return graph.run(feeds as Parameters<typeof graph.run>[0], { signal });
  };
  const by: Denoiser["by"] = async (variant, branches, timestep, signal) => {
    const { prediction, wordMaps } = await outputs<PlainUNet>(variant, branches, timestep, signal);
    return { predictions: unbatch(prediction), wordMaps: wordMaps ? unbatch(wordMaps).at(-1)! : null };
  };
  return { by, outputs, plain: (branches, timestep, signal) => by(PLAIN, branches, timestep, signal) };
}
