import { join } from "node:path";
import { type ConfigTuning, locate, type RunConfig } from "../../config/index.ts";
import { defined } from "../../defined.ts";
import { FateZeroError } from "../../errors.ts";
import { type Model, promptIds } from "../../pipeline/index.ts";
import type { RunRequest } from "../../request/index.ts";
import { say, the } from "../../say.ts";
import { savedBytes } from "../../tune/index.node.ts";
import { checkTunable, expectedTuned, resolveTuning, TRAINED, type TuneOptions } from "../../tune/index.ts";
import { frameCount, type Input, type Reading, type Size } from "../input.ts";
import { checkTuningMemory, type TuningCost } from "../tune/memory.ts";
import { checkTunedPlace, type TunedPlace, tunedFolder } from "../tune/place.ts";
import { checkWritable } from "../writable.ts";
import { TUNED_NAME } from "./outputs.ts";

/** The training of a run with everything decided. */
export interface RunTuning {
  /** The model that is tuned. */
  readonly base: Model;
  readonly options: Omit<TuneOptions, "signal" | "store" | "classImages">;
  readonly cost: TuningCost;
  readonly place: TunedPlace;
  /** A folder of pictures and what they show, found. */
  readonly classImages: ConfigTuning["classImages"];
}

/** Where a run that tunes puts the model; null for one that does not. */
export function tunedPath(out: string, { tuning }: RunConfig): string | null {
  return tuning === undefined ? null : join(out, TUNED_NAME);
}

const CONVOLUTIONS = "conv_temporal";

/** What a config's tuning is for the library, on frames whose shorter side has `size` pixels. */
export function tuneOptionsOf(
  { clip, method }: Pick<RunConfig, "clip" | "method">,
  tuning: ConfigTuning,
  size: number,
): RunTuning["options"] {
  const { steps, learningRate, train, temporalConv, rank = "full", seed, recompute } = tuning;
  const own = train ?? TRAINED.filter((ending) => ending !== CONVOLUTIONS);
  return {
    ...{ prompt: clip.prompt, size, steps, learningRate, rank, seed, recompute },
    trainModules: [...new Set([...own, ...(temporalConv ? [CONVOLUTIONS] : [])])],
    adamw: { ...tuning.adam, maxGradNorm: tuning.maxGradNorm },
    leastChannels: method.leastChannels,
    ...defined({ attend: method.attend, compat: tuning.compat ?? undefined }),
  };
}

/** The folder of class images, from the current folder or near the config. */
async function findClassImages(
  file: string,
  { classImages }: ConfigTuning,
): Promise<ConfigTuning["classImages"]> {
  if (classImages === undefined) return undefined;
  const located = await locate(classImages.path, file);
  if (located.found) return { ...classImages, path: located.path };
  const looked = located.looked.map((path) => `"${path}"`).join(", ");
  throw new FateZeroError(
    "input-missing",
    `The class images "${classImages.path}" that "${file}" names are nowhere: looked for ${looked}.`,
    say`Correct ${the("classImages")}, or run it from the folder that holds them.`,
  );
}

/**
 * Decides how the model of a run is tuned, and refuses what cannot be, before any frame is read. Null where it is not.
 *
 * @throws FateZeroError `memory-too-small`, `output-not-replaceable`, `output-is-input`, `no-space`, `input-missing`,
 * `tune-module`, `tune-adapted`, `prompt-too-long`
 */
export async function prepareTuning(
  file: string,
  config: RunConfig,
  base: Model,
  { input, size, reading }: { readonly input: Input; readonly size: Size; readonly reading: Reading },
  request: RunRequest,
): Promise<RunTuning | null> {
  const { tuning } = config;
  const path = tunedPath(request.out, config);
  if (tuning === undefined || path === null) return null;
  checkTunable(base);
  const classImages = await findClassImages(file, tuning);
  const { vae, base: over } = base.checkpoint.parts ?? {};
  const place = tunedFolder(path);
  await checkTunedPlace(place, [input.path, base.name, vae, over, request.sound, classImages?.path]);
  const side = Math.min(size.width, size.height);
  const options = tuneOptionsOf(config, tuning, side);
  const settings = resolveTuning(base, options);
  const { compat } = settings;
  promptIds(base.tokenizer, options.prompt, compat, "prompt");
  if (classImages) promptIds(base.tokenizer, classImages.prompt, compat, "class prompt");
  // The released code trains on squares.
  const trained = compat ? { width: side, height: side } : size;
  const lowMemory = request.lowMemory ?? config.lowMemory;
  const cost = checkTuningMemory(
    base,
    { frames: frameCount(input, reading), ...trained, settings },
    defined({ lowMemory, maxMemory: request.maxMemory }),
  );
  await checkWritable(path, { bytes: savedBytes(base, cost.network, {}) });
  return { base, options, cost, place, classImages };
}

/** The model that a run edits with, to plan by: the one that is there, or what its training on so many frames will make of that. */
export function plannedModel(base: Model, tuning: RunTuning | null, frames: number): Model {
  if (tuning === null) return base;
  const { options, cost } = tuning;
  return expectedTuned(base, cost.network, {
    ...{ prompt: options.prompt, frames },
    settings: resolveTuning(base, options),
  });
}
