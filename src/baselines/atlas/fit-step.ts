import { FateZeroError } from "../../errors.ts";
import { compile, type Graph, gradientName } from "../../graph/index.ts";
import type { Engine, Session } from "../../runtime/index.ts";
import type { FloatTensor } from "../../tensor/index.ts";
import { ADAMW, normOf, type TrainedParameters, updateParameters, valuesOf } from "../../tune/index.ts";
import { type AtlasData, drawBatch, weightList } from "./batches.ts";
import type { Networks } from "./networks.ts";
import { type AtlasTerm, objectiveGraph, pretrainingGraph, TERMS, trained } from "./objective.ts";
import type { AtlasSettings } from "./options.ts";

/** What an update gave. */
export interface FittedStep {
  readonly loss: number;
  readonly gradientNorm: number;
  /** The terms of the loss without their weights. */
  readonly terms: Readonly<Record<AtlasTerm, number>>;
}

/** Graphs of the losses, opened when they are first needed. */
export interface Fitter {
  /** One update of the mappings towards the identity, and of alpha towards the mask. */
  pretrain(step: number, parameters: TrainedParameters): Promise<void>;
  /** One update of all networks; steps count from 1. */
  step(step: number, parameters: TrainedParameters): Promise<FittedStep>;
  close(): Promise<void>;
}

/** Pixels between those that global rigidity compares, as a share of the longer side: 100 of 768. */
const FAR = 100 / 768;

/** Adam as PyTorch has it. */
const adam = (learningRate: number) => ({
  ...ADAMW,
  learningRate,
  weightDecay: 0,
  maxGradNorm: Number.POSITIVE_INFINITY,
});

function diverged(step: number): FateZeroError {
  return new FateZeroError(
    "not-finite",
    `The fit of the atlas diverged at step ${step}: its loss or its gradients are no finite numbers.`,
    "Lower the learning rate of the atlas.",
  );
}

/** Prepares the updates of an atlas' networks. */
export function createFitter(
  engine: Engine,
  data: AtlasData,
  networks: Networks,
  settings: AtlasSettings,
  signal?: AbortSignal,
): Fitter {
  const { samples, seed, scale, iterations, learningRate, decay } = settings;
  const side = Math.max(data.frames[0]!.width, data.frames[0]!.height);
  const distance = Math.max(1, Math.round(FAR * side));
  const sessions = new Map<string, Promise<Session>>();
  const open = <G extends Graph>(name: string, build: () => G): Promise<Session<G>> => {
    const known = sessions.get(name) ?? engine.open(compile(build(), engine.lowering), { signal });
    sessions.set(name, known);
    // A name belongs to one type of graph.
    return known as unknown as Promise<Session<G>>;
  };
  const gradientsOf = (outputs: Readonly<Record<string, FloatTensor>>, names: readonly string[]) =>
    new Map(names.map((name) => [name, outputs[gradientName(name)]!]));
  const weightsAt = (step: number): Record<AtlasTerm, number> => {
    const weights = { ...settings.weights };
    if (step > settings.bootstrapUntil * iterations) weights.bootstrap = 0;
    if (step > settings.globalRigidityUntil * iterations)
      Object.assign(weights, { globalForeground: 0, globalBackground: 0 });
    return weights;
  };
  return {
    async pretrain(step, parameters) {
      const hasMask = data.masks !== null;
      const session = await open("pretraining", () =>
        trained(pretrainingGraph(networks, samples, scale, hasMask)),
      );
      const drawn = drawBatch(data, { seed, step: `pretraining ${step}`, samples, distance: null });
      const feeds = hasMask ? { points: drawn.points, mask: drawn.mask } : { points: drawn.points };
      const moved = new Map([...parameters].filter(([name]) => session.weights.includes(name)));
      const outputs = await session.run(feeds, { weights: valuesOf(moved), signal });
      const gradients = gradientsOf(outputs, session.weights);
      updateParameters(moved, gradients, 0, adam(learningRate));
    },
    async step(step, parameters) {
      const weights = weightsAt(step);
      const isGlobal = weights.globalForeground + weights.globalBackground > 0;
      const options = { samples, unit: side / 2 / scale, distance, isGlobal };
      const session = await open(`loss ${isGlobal}`, () => trained(objectiveGraph(networks, options)));
      const batch = drawBatch(data, { seed, step, samples, distance: isGlobal ? distance : null });
      const feeds = { ...batch, weights: weightList(weights) };
      const outputs = await session.run(feeds, { weights: valuesOf(parameters), signal });
      const gradients = gradientsOf(outputs, session.weights);
      const loss = outputs.loss.data[0]!;
      const gradientNorm = normOf(gradients);
      if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) throw diverged(step);
      const rate = learningRate * decay ** ((step - 1) / Math.max(1, iterations - 1));
      updateParameters(parameters, gradients, gradientNorm, adam(rate));
      const terms = Object.fromEntries(TERMS.map((term, i) => [term, outputs.terms.data[i]!]));
      return { loss, gradientNorm, terms: terms as Record<AtlasTerm, number> };
    },
    async close() {
      // One that did not open was told to who asked for it.
      for (const session of sessions.values())
        await session.then(
          (open) => open.dispose(),
          () => {},
        );
    },
  };
}
