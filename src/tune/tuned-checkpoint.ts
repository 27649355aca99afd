import { type Checkpoint, type ModelSettings, readWeight } from "../checkpoint/index.ts";
import { createModel, type Model } from "../pipeline/index.ts";
import { keyOf } from "../resume/index.ts";
import type { TrainableNetwork } from "./trainable-network.ts";
import type { Tuning } from "./tune.ts";

type Tuned = Pick<Tuning, "prompt" | "steps" | "frames" | "settings" | "unet">;

/** The checkpoint that a training makes of the one that it tuned: what is true of that one's own weights only is not in it. */
export function tunedCheckpoint(
  checkpoint: Checkpoint,
  { prompt, steps, frames, settings, unet }: Tuned,
): Checkpoint & { readonly settings: ModelSettings } {
  const { version: _, earlier: __, selfTest: ___, ...kept } = checkpoint.settings ?? {};
  const { attend, leastChannels, groupNorm } = settings;
  const narrow = leastChannels > 0 ? { leastChannels } : {};
  return {
    ...checkpoint,
    unet,
    settings: { ...kept, tuned: { prompt, steps, frames, attend, ...narrow, groupNorm } },
  };
}

/**
 * The model that a training will make, with its weights as they are before: what is edited with it can be planned, and the
 * memory of that told. It shares the engine of the one that is tuned, and nothing is computed.
 */
export function expectedTuned(
  model: Pick<Model, "checkpoint" | "engine" | "fingerprint" | "chunk">,
  { unet }: Pick<TrainableNetwork, "unet">,
  { prompt, frames, settings }: Pick<Tuned, "prompt" | "frames" | "settings">,
): Model {
  const checkpoint = tunedCheckpoint(model.checkpoint, {
    ...{ prompt, frames, settings, unet },
    steps: settings.steps,
  });
  return createModel(checkpoint, model.engine, model.fingerprint, model.chunk);
}

/**
 * A tuned model without files, which shares the engine of the one that was tuned: end its graphs by closing its sessions, or
 * the engine with that model.
 */
export async function tunedModel(
  model: Pick<Model, "checkpoint" | "engine" | "fingerprint" | "chunk">,
  tuning: Tuned & Pick<Tuning, "changed">,
): Promise<Model> {
  const weights = await Promise.all(
    tuning.changed.map(async (name) => (await readWeight(tuning.unet.weights.get(name)!)).data),
  );
  const fingerprint = await keyOf("tuned", [model.fingerprint, ...weights]);
  return createModel(tunedCheckpoint(model.checkpoint, tuning), model.engine, fingerprint, model.chunk);
}
