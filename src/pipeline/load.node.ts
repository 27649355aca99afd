import { requireText } from "../argument.ts";
import type { Checkpoint } from "../checkpoint/index.ts";
import { defined } from "../defined.ts";
import { chooseDevice, engineOn, openEngine } from "../runtime/index.node.ts";
import type { EngineOptions, MemoryMode } from "../runtime/index.ts";
import { checkNumber } from "./check.ts";
import { checkConfigs } from "./check-configs.ts";
import { fingerprintOf } from "./fingerprint.node.ts";
import { type Chunk, createModel, type Model } from "./model.ts";
import { isLarge, weightBytes } from "./model-bytes.ts";
import { type OpenOptions, openCheckpoint, vaeOf } from "./open-checkpoint.node.ts";
import type { DownloadOptions } from "./snapshot-folder.node.ts";
import { createVae, type Vae } from "./vae.ts";

function checkedChunk(chunk: Chunk = "auto"): Chunk {
  if (chunk === "auto") return chunk;
  return checkNumber("The chunk", Number.isInteger(chunk) ? chunk : Number.NaN, 1, Number.MAX_SAFE_INTEGER);
}

/** Makes a model of a checkpoint that is already open. */
export async function modelFromCheckpoint(
  checkpoint: Checkpoint,
  { chunk, ...options }: EngineOptions & Pick<LoadOptions, "chunk"> = {},
): Promise<Model> {
  const frames = checkedChunk(chunk);
  return createModel(checkpoint, await openEngine(options), await fingerprintOf(checkpoint), frames);
}

/** How a model is put together, and how it is computed. */
export interface LoadOptions extends Omit<OpenOptions, "check">, Omit<EngineOptions, "memory"> {
  /** How memory is traded for speed on the CPU. @default "lowMemory" for a model as large as Stable Diffusion there, else "fast" */
  readonly memory?: MemoryMode;
  /**
   * Frames of a clip that the UNet computes at a time, at most: fewer take less memory, the result is the same
   * (docs/long-clips.md). @default "auto": 8, or more where frames look at their neighbours
   */
  readonly chunk?: Chunk;
}

/**
 * Loads a model: `"tinytown"`, which ships with the package; the path of a Stable Diffusion 1.x/2.x folder in the
 * diffusers layout; a single `.safetensors` or `.ckpt` file; or a hub id like `"CompVis/stable-diffusion-v1-4"`, which is
 * downloaded into the Hugging Face cache. Weights stay in their files. Throws FateZeroError naming what is missing or does
 * not fit.
 *
 * @example
 * const model = await loadModel("tinytown");
 * const styled = await loadModel("sd15.safetensors", { lora: [{ path: "ink.safetensors", scale: 0.8 }] });
 */
export async function loadModel(name: string, options: LoadOptions = {}): Promise<Model> {
  requireText(name, "loadModel", "the name of a model");
  const { device, precision, threads, memory, chunk, ...open } = options;
  const frames = checkedChunk(chunk);
  // A device that is not there is told before anything is read or downloaded.
  const choice = await chooseDevice(defined({ device, precision }), open.signal);
  const checkpoint = await openCheckpoint(name, { ...open, check: checkConfigs(name, "pipeline") });
  // Opening a large one in the other mode takes longer than a step gains by it, and twice its files in memory.
  const usual = choice.device === "cpu" && isLarge(weightBytes(checkpoint.unet)) ? "lowMemory" : "fast";
  const how = { memory: memory ?? usual, ...defined({ threads }) };
  const engine = engineOn(choice, how, open.onEvent);
  return createModel(checkpoint, engine, await fingerprintOf(checkpoint), frames);
}

/**
 * Opens a VAE by itself, for the live pictures of an edit: a folder, a file, or a hub id such as `"madebyollin/taesd"`,
 * which is downloaded into the Hugging Face cache. Throws FateZeroError naming what is missing or not computed here.
 *
 * @example
 * const taesd = await loadVae("madebyollin/taesd");
 * for await (const event of edit(model, inversion, { prompt: "a blue car", live: { vae: taesd } }))
 *   if (event.type === "live") show(event.frames);
 */
export async function loadVae(name: string, options: DownloadOptions = {}): Promise<Vae> {
  requireText(name, "loadVae", "the name of a VAE");
  return createVae(name, await vaeOf(name, options));
}
