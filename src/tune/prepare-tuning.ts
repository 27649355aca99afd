import { createSchedule } from "../diffusion/index.ts";
import { fitFrames } from "../edit/index.ts";
import { FateZeroError } from "../errors.ts";
import { type Model, promptIds } from "../pipeline/index.ts";
import type { Frame, Video } from "../video/index.ts";
import { fitClassImages } from "./class-images.ts";
import { resolveTuning, type TuneOptions, type TuneSettings } from "./options.ts";
import { type TrainableNetwork, trainableNetwork } from "./trainable-network.ts";
import { type TrainingIdentity, trainingKey } from "./training-state.ts";

/** A training with everything decided. */
export interface PreparedTuning {
  readonly settings: TuneSettings;
  readonly network: TrainableNetwork;
  readonly frames: readonly Frame[];
  readonly images: readonly Frame[] | null;
  readonly identity: TrainingIdentity;
}

/**
 * Refuses a model that cannot be tuned, before any frame is read.
 *
 * @throws FateZeroError `tune-adapted`, and where its schedule cannot be
 */
export function checkTunable({ name, checkpoint }: Pick<Model, "name" | "checkpoint">): void {
  const { lora, embeddings } = checkpoint.parts ?? {};
  if (lora?.length || embeddings?.length) {
    throw new FateZeroError(
      "tune-adapted",
      `${name} has ${lora?.length ? "a LoRA" : "an embedding"} added to it, which would not be in the tuned model.`,
      "Tune the model without it, and add it to the tuned one.",
    );
  }
  createSchedule(checkpoint.scheduler, 1);
}

/** Decides everything. Nothing is computed. */
export function prepareTuning(model: Model, clip: Video, options: TuneOptions): PreparedTuning {
  const settings = resolveTuning(model, options);
  const { compat } = settings;
  checkTunable(model);
  const frames = fitFrames(model, clip, options);
  const network = trainableNetwork(model.checkpoint.unet, settings);
  const read = (text: string, role: string) => promptIds(model.tokenizer, text, compat, role).ids;
  const ids = read(options.prompt, "prompt");
  const { classImages } = options;
  const size = { frames: frames.length, width: frames[0]!.width, height: frames[0]!.height };
  const images = classImages ? fitClassImages(model, classImages, size, compat) : null;
  const classes =
    classImages && images ? { ids: read(classImages.prompt, "class prompt"), frames: images } : null;
  const identity: TrainingIdentity = { model, frames, ids, settings, classImages: classes };
  return { settings, network, frames, images, identity };
}

/**
 * Tells trainings apart by all that their weights follow from, the number of steps among it: two of one key give the same
 * model. Nothing is computed.
 *
 * @throws FateZeroError as `tune` does before its work
 */
export async function tuningKey(model: Model, clip: Video, options: TuneOptions): Promise<string> {
  const { identity, settings } = prepareTuning(model, clip, options);
  return `${await trainingKey(identity)}-${settings.steps}`;
}
