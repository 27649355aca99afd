import type { Checkpoint } from "../checkpoint/index.ts";
import { checkSchedule } from "../diffusion/index.ts";
import { FateZeroError } from "../errors.ts";
import { clipTextConfig, type UNetConfig, type VaeConfig } from "../model/index.ts";
import { say, the } from "../say.ts";

/** Throws FateZeroError where the networks of a checkpoint do not go together: parts of different models in one folder. */
export function checkParts(checkpoint: Checkpoint, unet: UNetConfig, vae: VaeConfig): void {
  checkSchedule(checkpoint.scheduler, `${checkpoint.name}/scheduler/scheduler_config.json`);
  const { label } = checkpoint.unet;
  const differ = (what: string, other: string, theirs: number, own: number): Error =>
    new FateZeroError(
      "checkpoint-mismatch",
      `The parts of the model do not go together: ${other} has ${theirs} ${what}, but ${label} takes ${own}.`,
      checkpoint.parts?.vae === undefined
        ? "Take all folders of the model from the same checkpoint."
        : say`Give ${the("vae")} one that was made for such models.`,
    );
  if (vae.latentChannels !== unet.inChannels)
    throw differ("latent channels", checkpoint.vae.label, vae.latentChannels, unet.inChannels);
  const { width } = clipTextConfig(checkpoint.textEncoder);
  if (width !== unet.textWidth)
    throw differ("values a token", checkpoint.textEncoder.label, width, unet.textWidth);
}
