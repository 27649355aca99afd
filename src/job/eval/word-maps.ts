import { expectedMemory, invert } from "../../edit/index.ts";
import { meanMap, wordsOf } from "../../picture/index.ts";
import { type Model, planSites, promptIds, resolveMethod } from "../../pipeline/index.ts";
import { formatBytes } from "../../quantity.ts";
import type { EvalRequest } from "../../request/index.ts";
import { type Said, say, type Text, the } from "../../say.ts";
import type { FloatTensor } from "../../tensor/index.ts";
import { type Frame, fitToModel } from "../../video/index.ts";
import { freeMemory } from "../memory.ts";
import type { Session } from "../session.ts";

/** Steps of the inversion: the mean over all of them hardly differs from that over 50. */
const STEPS = 10;

/** Where a model sees the words of the source's sentence. */
export interface WordMaps {
  readonly model: string;
  readonly steps: number;
  /** Of each word its attention, [frames, h, w], mean over the steps. */
  readonly words: readonly { readonly text: string; readonly map: FloatTensor }[];
}

/** Why there are no maps; null where there can be. */
function obstacle(model: Model | null, { source }: EvalRequest, frames: readonly Frame[]): Said | null {
  if (source === undefined) return say`${the("source")} says whose words.`;
  if (model === null) return say`no ${the("model")} was named that could draw them.`;
  const { width, height } = frames[0]!;
  const multiple = model.sizeMultiple;
  if (Math.min(width, height) < multiple)
    return say`the edit has ${width}x${height} pixels, and ${model.name} takes sides of ${multiple} or more.`;
  const size = fitToModel(width, height, Math.min(width, height), multiple);
  const settings = resolveMethod(model, {}, frames.length);
  const sites = planSites(
    model,
    settings.compat,
    size.height / model.vae.downscale,
    size.width / model.vae.downscale,
  );
  if (sites.maps.length === 0) return say`${model.name} has none at ${size.width}x${size.height} pixels.`;
  const terms = { frames: frames.length, ...size, settings, steps: STEPS, encodes: true, branches: null };
  const [needed, free] = [expectedMemory(model, terms), freeMemory()];
  return needed > free
    ? say`they would take about ${formatBytes(needed)} of memory, and ${formatBytes(free)} are free.`
    : null;
}

/**
 * Inverts frames of the source with the model, and takes what it attends to for each word. Null, with a note, where there
 * is no sentence, no model, or a model that cannot.
 */
export async function wordMapsOf(
  model: Model | null,
  request: EvalRequest,
  frames: readonly Frame[],
  { signal, report }: Session,
  notes: Text[],
): Promise<WordMaps | null> {
  const why = obstacle(model, request, frames);
  if (why !== null) notes.push(say`Word maps are left out: ${why}`);
  const { source: prompt } = request;
  if (why !== null || model === null || prompt === undefined) return null;
  promptIds(model.tokenizer, prompt, null, "source prompt");
  const { width, height } = frames[0]!;
  const clip = { frames, fps: 8 };
  const job = invert(model, clip, { prompt, steps: STEPS, size: Math.min(width, height), signal });
  for await (const event of job) report(event);
  const inversion = await job;
  const words = wordsOf(model, inversion).map((word) => ({ text: word.text, map: meanMap(inversion, word) }));
  return { model: model.name, steps: STEPS, words };
}
