import { Option } from "@commander-js/extra-typings";
import * as parse from "./parse.ts";

/** The options that say which model is used and what is added to it (docs/models.md). */

const MODELS =
  '"tinytown", which comes with the program, or a Stable Diffusion 1.x/2.x checkpoint: a folder in the diffusers layout, a .safetensors or .ckpt file, or a hub id such as CompVis/stable-diffusion-v1-4, which is downloaded';

export const model = new Option(
  "--model <name>",
  `${MODELS} (default: tinytown; for a saved inversion the one that made it)`,
)
  .argParser(parse.path)
  .helpGroup("Method:");

/** For `invert`. */
export const clipModel = new Option("--model <name>", `${MODELS} (default: tinytown)`)
  .argParser(parse.path)
  .helpGroup("Method:");

export const lora = new Option(
  "--lora <file[:scale]>",
  "add a LoRA, with a scale other than 1 behind a colon: ink.safetensors:0.8 (repeatable)",
)
  .argParser(parse.paths)
  .helpGroup("Method:");

export const embedding = new Option(
  "--embedding <[word=]file>",
  "add the word of a textual-inversion embedding for prompts (default word: the file's own, else its name; repeatable)",
)
  .argParser(parse.paths)
  .helpGroup("Method:");

export const vae = new Option(
  "--vae <name>",
  "take another VAE: a folder, a file, or a hub id such as stabilityai/sd-vae-ft-mse (default: the model's own)",
)
  .argParser(parse.path)
  .helpGroup("Method:");

export const variant = new Option(
  "--variant <kind>",
  "take the half-size weights where the model has both (default: the full ones)",
)
  .choices(["fp16"] as const)
  .helpGroup("Method:");

export const prediction = new Option(
  "--prediction <kind>",
  "what the UNet predicts, where a single file does not say it or says it wrongly (default: as found)",
)
  .choices(["epsilon", "v_prediction"] as const)
  .helpGroup("Method:");

export const ema = new Option(
  "--ema",
  "take the averages of the training that a single file holds, as the hub's folders of the released models do (default: the weights themselves)",
).helpGroup("Method:");

/** For `run`. */
export const runModel = new Option("--model <name>", `${MODELS} (default: pretrained_model_path)`)
  .argParser(parse.path)
  .helpGroup("In place of the config's:");
