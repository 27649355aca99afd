import { FateZeroError } from "../../errors.ts";
import type { Model } from "../../pipeline/index.ts";
import { count, formatBytes } from "../../quantity.ts";
import type { ModelOptions } from "../../request/index.ts";
import { add, lower, type Said, say, set } from "../../say.ts";
import { sizeOf } from "../../tensor/index.ts";
import {
  expectedTuningMemory,
  type TrainableNetwork,
  type TuningTerms,
  trainableNetwork,
} from "../../tune/index.ts";
import { freeMemory } from "../memory.ts";

/** What a training takes. */
export interface TuningCost {
  readonly network: TrainableNetwork;
  /** Values of all trained weights. */
  readonly values: number;
  /** Memory at its highest, about. */
  readonly bytes: number;
  /** What the state of the work takes on disk: a new one is written before the old one goes. */
  readonly stateBytes: number;
}

/** What to ask for instead. */
function wayOut(model: Model, terms: TuningTerms, allowed: number, bytes: number): Said {
  const fits = (change: Partial<TuningTerms>): boolean =>
    expectedTuningMemory(model, { ...terms, ...change }) <= allowed;
  const { settings, frames } = terms;
  const ways: Said[] = [];
  const recompute = { ...settings, recompute: true };
  if (!settings.recompute && fits({ settings: recompute })) ways.push(say`${add("recompute")}`);
  const fewer = [Math.ceil(frames / 2), Math.ceil(frames / 4), 1].find(
    (less) => less < frames && fits({ frames: less, settings: recompute }),
  );
  if (fewer !== undefined) ways.push(say`${lower("frames", fewer)} with ${add("recompute")}`);
  ways.push(say`${lower("size")}`);
  const all = ways.flatMap((way, i): Said => (i === 0 ? way : [", or ", ...way]));
  return say`${all}; ${set("maxMemory", Math.ceil(bytes / 1e9))} tries it all the same.`;
}

/**
 * What a training takes by its shapes. Throws FateZeroError `memory-too-small` where that is more than there is, with what
 * would fit, before any pixel is decoded.
 */
export function checkTuningMemory(
  model: Model,
  terms: TuningTerms,
  { maxMemory }: Pick<ModelOptions, "maxMemory">,
): TuningCost {
  const network = trainableNetwork(model.checkpoint.unet, terms.settings);
  const values = network.trained.reduce(
    (sum, name) => sum + sizeOf(network.unet.weights.get(name)!.shape),
    0,
  );
  const bytes = expectedTuningMemory(model, terms);
  const allowed = maxMemory === undefined ? freeMemory() : maxMemory * 1e9;
  if (bytes <= allowed) return { network, values, bytes, stateBytes: 2 * 3 * 4 * values };
  const have =
    maxMemory === undefined ? `${formatBytes(allowed)} are free` : `${formatBytes(allowed)} are allowed`;
  throw new FateZeroError(
    "memory-too-small",
    `Tuning on ${count(terms.frames, "frame")} of ${terms.width}x${terms.height} pixels takes about ${formatBytes(bytes)} of memory, and ${have}.`,
    wayOut(model, terms, allowed, bytes),
  );
}
