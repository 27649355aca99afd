import {
  type CutUNet,
  type FrameChunk,
  frameAxis,
  joinFrames,
  type PlainUNet,
  plainUNet,
  type SourceName,
  type UNetGraphOptions,
} from "../attention/index.ts";
import type { Component } from "../checkpoint/index.ts";
import type { Feeds, Graph, Outputs } from "../graph/index.ts";
import { concat0, type FloatTensor, floatTensor, type HostTensor, slice0, take } from "../tensor/index.ts";
import { chunksOf } from "./chunks.ts";
import type { MethodSettings, SitePlan } from "./method.ts";
import type { Model } from "./model.ts";
import { isLarge } from "./model-bytes.ts";
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
  /** Hidden states [F, N, C] of the first branch where they enter the blocks that record them. */
  readonly states: ReadonlyMap<SourceName, FloatTensor>;
  /** The deep part's feature [F, C, H, W] of each branch that has one, where the graph tells it; else none. */
  readonly deep: readonly FloatTensor[];
}

/** A way of computing a job's UNet: its graph, and what it is fed besides branches and timestep. */
export interface UNetVariant<G extends PlainUNet> {
  /** Tells it from the job's other graphs. */
  readonly name: string;
  readonly build: (component: Component, options: UNetGraphOptions) => G;
  /** Those with an axis of frames are of the whole clip. */
  readonly feeds: Omit<Feeds<G>, keyof Feeds<CutUNet>>;
  /** Text states [L, D] that the graph takes before and behind those of the branches. @default none */
  readonly texts?: { readonly before?: readonly FloatTensor[]; readonly behind?: readonly FloatTensor[] };
  /** The deep part's feature of each branch, for a graph that is its shallow part alone. @default none */
  readonly deep?: readonly FloatTensor[];
  /** The name of a variant that stays open beside it, whatever the model's size: steps go to and fro. @default none */
  readonly beside?: string;
}

/**
 * Runs the UNet for one job: which settings, at which size are fixed. A long clip goes through it in chunks of frames, with
 * the same result (attention/chunks.ts), or where it has layers over time in windows (attention/windows.ts).
 */
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
  /** The chunks in which a clip of so many frames is computed. */
  chunks(frames: number): readonly FrameChunk[];
  /** All that such a graph gives of one of them, as it gives it: for there are things that no frame has by itself. */
  outputs<G extends PlainUNet>(
    variant: UNetVariant<G>,
    branches: readonly Branch[],
    timestep: number,
    chunk: FrameChunk,
    signal?: AbortSignal,
  ): Promise<Outputs<G>>;
}

const isPerFrame = ({ text }: Branch): boolean => text.shape.length === 3;

const row = (t: FloatTensor): FloatTensor => floatTensor([1, ...t.shape], t.data);

/** What is there of each branch, as one batch. */
const stacked = (ofBranches: readonly FloatTensor[]): FloatTensor => concat0(ofBranches.map(row));

/** Branches as one batch, and more texts. Where one of them has a text per frame, the others' is repeated for each frame. */
function batch(
  branches: readonly Branch[],
  { before = [], behind = [] }: NonNullable<UNetVariant<PlainUNet>["texts"]>,
): { latents: FloatTensor; text: FloatTensor } {
  const repeats = branches.some(isPerFrame);
  const frames = branches[0]!.latents.shape[0]!;
  const texts = [...before, ...branches.map(({ text }) => text), ...behind].flatMap((text) =>
    text.shape.length === 3 ? [text] : Array<FloatTensor>(repeats ? frames : 1).fill(row(text)),
  );
  return { latents: stacked(branches.map(({ latents }) => latents)), text: concat0(texts) };
}

function unbatch(tensor: FloatTensor): FloatTensor[] {
  return Array.from({ length: tensor.shape[0]! }, (_, i) => {
    const row = slice0(tensor, i, i + 1);
    return floatTensor(tensor.shape.slice(1), row.data);
  });
}

/** What the frames of a chunk need of branches of the whole clip. */
function branchesOf(branches: readonly Branch[], { carried }: FrameChunk): readonly Branch[] {
  return branches.map(({ latents, text }) => ({
    latents: take(latents, 0, carried),
    text: text.shape.length === 3 ? take(text, 0, carried) : text,
  }));
}

/** What a graph tells of the hidden states that enter its blocks: [B, F, N, C]. */
function statesOf({
  prediction,
  wordMaps,
  deep,
  ...states
}: Outputs<PlainUNet>): Map<SourceName, FloatTensor> {
  // What else a UNet gives has these names.
  return new Map(Object.entries(states) as [SourceName, FloatTensor][]);
}

/** The predictions of chunks as those of their clip. */
function joined(chunks: readonly FrameChunk[], parts: readonly Prediction[]): Prediction {
  const [only] = parts;
  if (parts.length === 1) return only!;
  const join = (of: (part: Prediction) => FloatTensor): FloatTensor => joinFrames(chunks, parts.map(of));
  return {
    predictions: only!.predictions.map((_, i) => join(({ predictions }) => predictions[i]!)),
    wordMaps: only!.wordMaps && join(({ wordMaps }) => wordMaps!),
    deep: only!.deep.map((_, i) => join(({ deep }) => deep[i]!)),
    states: new Map([...only!.states.keys()].map((name) => [name, join(({ states }) => states.get(name)!)])),
  };
}

/** The timesteps and branches that every UNet is fed; frames to attend to only where one of its blocks looks at them. */
function feedsOf(
  { attendTo }: PlainUNet["inputs"],
  chunk: FrameChunk,
  branches: readonly Branch[],
  texts: NonNullable<UNetVariant<PlainUNet>["texts"]>,
  timestep: number,
): Feeds<PlainUNet> {
  return {
    ...batch(branches, texts),
    timestep: floatTensor([branches.length], new Float32Array(branches.length).fill(timestep)),
    ...(attendTo ? { attendTo: chunk.attendTo } : {}),
  };
}

/** What else a graph is fed, for the frames of a chunk: its ports tell along which axis they lie. */
function cutFeeds(
  ports: Graph["inputs"],
  feeds: Readonly<Record<string, HostTensor | undefined>>,
  { carried }: FrameChunk,
): Record<string, HostTensor | undefined> {
  const cut = Object.entries(feeds).map(([name, tensor]) => {
    const port = ports[name];
    const axis = port ? frameAxis(port) : -1;
    return [name, tensor?.dtype === "float32" && axis >= 0 ? take(tensor, axis, carried) : tensor];
  });
  return Object.fromEntries(cut);
}

/**
 * Opens a graph of a model's UNet; of a large one the model's other networks are closed before, and other graphs of the UNet:
 * they would cost memory while nothing of them is run. One that is named `beside` it stays open.
 */
export async function openUNet<G extends Graph>(
  { unetBytes, sessions }: Pick<Model, "unetBytes" | "sessions">,
  name: string,
  build: () => G,
  signal?: AbortSignal,
  beside: string | null = null,
): Promise<OpenGraph<G>> {
  const full = `unet ${name}`;
  if (isLarge(unetBytes)) await sessions.close("", [full, `unet ${beside}`]);
  return sessions.open(full, build, signal);
}

const PLAIN: UNetVariant<PlainUNet> = { name: "plain", build: plainUNet, feeds: {} };

/** The same, which tells what it takes in at the fused blocks. */
const recording = ({ fused }: SitePlan): UNetVariant<PlainUNet> => ({
  name: "plain recording",
  build: (component, options) => plainUNet(component, options, ({ path }) => fused.has(path)),
  feeds: {},
});

/** The denoiser of one job; where it `records`, predictions of every branch by itself bring the hidden states that enter the fused blocks. */
export function createDenoiser(
  model: Model,
  settings: MethodSettings,
  sites: SitePlan,
  { records = false }: { readonly records?: boolean } = {},
): Denoiser {
  const alone = records ? recording(sites) : PLAIN;
  const component = model.checkpoint.unet;
  const options: UNetGraphOptions = {
    attend: settings.attend,
    groupNorm: settings.groupNorm,
    temporal: true,
    textLength: model.tokenizer.maxLength,
    wordMapSites: sites.maps,
  };
  // Which frames are computed together is fed, and belongs to no graph.
  const { cuts: _, window: __, ...computed } = settings;
  const key = JSON.stringify([computed, sites.maps.map((site) => site.path), [...sites.fused]]);

  const outputs: Denoiser["outputs"] = async (variant, branches, timestep, chunk, signal) => {
    const textPerFrame = branches.some(isPerFrame);
    const build = () => variant.build(component, { ...options, textPerFrame });
    const named = (own: string): string => `${own}${textPerFrame ? " text per frame" : ""} ${key}`;
    const beside = variant.beside === undefined ? null : named(variant.beside);
    const graph = await openUNet(model, named(variant.name), build, signal, beside);
    const isWhole = chunk.carried.length === branches[0]!.latents.shape[0];
    const carried = isWhole ? branches : branchesOf(branches, chunk);
    const own = variant.deep ? { ...variant.feeds, deep: stacked(variant.deep) } : variant.feeds;
    const added = isWhole ? own : cutFeeds(graph.inputs, own, chunk);
    const feeds = { ...feedsOf(graph.inputs, chunk, carried, variant.texts ?? {}, timestep), ...added };
    // What the variant adds and what every UNet is fed make up what this graph is fed.
    return graph.run(feeds as Parameters<typeof graph.run>[0], { signal });
  };
  const chunks: Denoiser["chunks"] = (frames) => chunksOf(model, settings, frames);

  const by: Denoiser["by"] = async (variant, branches, timestep, signal) => {
    const parts: Prediction[] = [];
    const all = chunks(branches[0]!.latents.shape[0]!);
    for (const chunk of all) {
      const { first, from, to } = chunk;
      const own = (frames: FloatTensor): FloatTensor => slice0(frames, first, first + to - from);
      const given = await outputs<PlainUNet>(variant, branches, timestep, chunk, signal);
      const maps = given.wordMaps ? unbatch(given.wordMaps).at(-1)! : null;
      const states = new Map([...statesOf(given)].map(([name, tensor]) => [name, own(unbatch(tensor)[0]!)]));
      const deep = given.deep ? unbatch(given.deep).map(own) : [];
      parts.push({
        predictions: unbatch(given.prediction).map(own),
        wordMaps: maps && own(maps),
        states,
        deep,
      });
    }
    return joined(all, parts);
  };
  return {
    by,
    chunks,
    outputs,
    plain: (branches, timestep, signal) => by(alone, branches, timestep, signal),
  };
}
