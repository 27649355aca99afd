import {
  bytesInFile,
  type Delta,
  type WeightPrecision,
  writeCheckpointFolder,
  writeDelta,
} from "../checkpoint/index.node.ts";
import { FateZeroError } from "../errors.ts";
import type { Model } from "../pipeline/index.ts";
import type { Tuning } from "./tune.ts";
import { tunedCheckpoint } from "./tuned-checkpoint.ts";

export interface SaveTunedOptions {
  /** Bits of the weights in the files. @default "fp32" */
  readonly precision?: WeightPrecision;
  /** Only the weights that changed, in one `.safetensors` file that is whole over the model that was tuned. @default false */
  readonly delta?: boolean;
  /** What stands in the files of weights beside them: texts by name. @default none */
  readonly metadata?: Readonly<Record<string, string>>;
}

function deltaOf(model: Model, tuning: Tuning): Delta {
  const { config, weights } = tuning.unet;
  const changed = new Map(tuning.changed.map((name) => [name, weights.get(name)!] as const));
  const { settings } = tunedCheckpoint(model.checkpoint, tuning);
  return { base: model.name, fingerprint: model.fingerprint, config, settings, weights: changed };
}

/** Changed weights mean something only over a model that can be named. */
function checkBase({ name, checkpoint }: Pick<Model, "name" | "checkpoint">): void {
  const { vae, prediction, base } = checkpoint.parts ?? {};
  const other =
    vae !== undefined
      ? "another VAE"
      : prediction
        ? "another prediction"
        : base !== undefined
          ? "a base"
          : null;
  if (other === null && checkpoint.settings?.tuned === undefined) return;
  throw new FateZeroError(
    "delta-base",
    other === null
      ? `${name} was tuned already, and changed weights belong to a model that was not.`
      : `${name} was opened with ${other}, and changed weights belong to a model as it is.`,
    "Save the whole model.",
  );
}

/**
 * Refuses, before any work, a saving that cannot be.
 *
 * @throws FateZeroError `delta-base`
 */
export function checkSaving(model: Model, { delta = false }: Pick<SaveTunedOptions, "delta">): void {
  if (delta) checkBase(model);
}

/** Bytes that a tuned model takes on disk, about: `unet` is the inflated network. */
export function savedBytes(
  { checkpoint }: Pick<Model, "checkpoint">,
  { unet, changed }: Pick<Tuning, "unet" | "changed">,
  { precision = "fp32", delta = false }: SaveTunedOptions,
): number {
  if (delta) return bytesInFile(new Map(changed.map((name) => [name, unet.weights.get(name)!])), precision);
  const { vae, textEncoder } = checkpoint;
  return [unet, vae, textEncoder].reduce((sum, { weights }) => sum + bytesInFile(weights, precision), 0);
}

/**
 * Saves a tuned model: a folder in the diffusers layout that loads wherever a model does, or with `delta` one `.safetensors`
 * file of the changed weights, which loads over the model that was tuned. What is there is replaced when the new one is
 * complete. `model` is the one that was tuned.
 *
 * @throws FateZeroError `no-space`, `file-access`, `model-differs` where it is another model, `delta-base`
 */
export async function saveTuned(
  model: Model,
  tuning: Tuning,
  path: string,
  { precision = "fp32", delta = false, metadata = {} }: SaveTunedOptions = {},
): Promise<void> {
  if (model.fingerprint !== tuning.model.fingerprint) {
    throw new FateZeroError(
      "model-differs",
      `${model.name} is not the model that was tuned, ${tuning.model.name}: their fingerprints differ.`,
      "Give the model that tune was given.",
    );
  }
  if (delta) {
    checkBase(model);
    return writeDelta(path, deltaOf(model, tuning), { precision, metadata });
  }
  await writeCheckpointFolder(path, tunedCheckpoint(model.checkpoint, tuning), { precision, metadata });
}
