import { createSchedule, type Schedule } from "../../../src/diffusion/index.ts";
import { type FloatTensor, floatTensor } from "../../../src/tensor/index.ts";
import { at, type Stored } from "../stored.ts";

/** One denoising step as the reference optimised it. */
export interface RecordedStep {
  /** Latents before it, where it should lead, and where it led [1, C, h, w]. */
  readonly latents: FloatTensor;
  readonly target: FloatTensor;
  readonly next: FloatTensor;
  /** The unconditional text before and after [L, D]. */
  readonly text: FloatTensor;
  readonly optimized: FloatTensor;
  /** The loss before each of Adam's steps. */
  readonly losses: Float32Array;
}

/** A null-text inversion that another program recorded. */
export interface Recorded {
  readonly options: { readonly guidance: number; readonly iterations: number; readonly earlyStop: number };
  readonly prompt: string;
  /** Text states [L, D]. */
  readonly source: FloatTensor;
  readonly empty: FloatTensor;
  /** Ascending. */
  readonly timesteps: Float32Array;
  /** Noisiest first. */
  readonly steps: readonly RecordedStep[];
  /** The first gradient of all [L, D]. */
  readonly gradient: FloatTensor | null;
  /** Where guidance leads without optimisation [1, C, h, w]. */
  readonly plain: FloatTensor | null;
}

interface Info {
  readonly model: string;
  readonly prompt: string;
  readonly steps: number;
  readonly inner: number;
  readonly guidance: number;
  readonly epsilon: number;
}

/** What the file says of its run. Throws where it says less than what the run needs. */
export function infoOf(stored: Stored): Info {
  const info = JSON.parse(stored.text("info_json") ?? "{}");
  for (const [key, type] of Object.entries({
    ...{ model: "string", prompt: "string" },
    ...{ steps: "number", inner: "number", guidance: "number", epsilon: "number" },
  }))
    if (typeof info[key] !== type) throw new Error(`its info_json has no ${key}`);
  return info;
}

/** An image as a clip of one frame. */
const asClip = ({ shape, data }: FloatTensor): FloatTensor => floatTensor([1, ...shape.slice(-3)], data);
const asText = ({ shape, data }: FloatTensor): FloatTensor => floatTensor(shape.slice(-2), data);

export function readRecorded(stored: Stored): Recorded {
  const { prompt, steps: count, inner, guidance, epsilon } = infoOf(stored);
  const empty = asText(stored.get("uncond"));
  const [latents, embeddings, loss] = [stored.get("latents"), stored.get("embeddings"), stored.get("loss")];
  const trajectory = stored.get("trajectory");
  const done = stored.get("inner").data;
  const steps = Array.from(
    { length: count },
    (_, i): RecordedStep => ({
      latents: asClip(at(latents, i)),
      target: asClip(at(trajectory, count - 1 - i)),
      next: asClip(at(latents, i + 1)),
      text: i === 0 ? empty : asText(at(embeddings, i - 1)),
      optimized: asText(at(embeddings, i)),
      losses: at(loss, i).data.slice(0, done[i]!),
    }),
  );
  const [gradient, plain] = [stored.find("grad0"), stored.find("plain")];
  return {
    options: { guidance, iterations: inner, earlyStop: epsilon },
    prompt,
    source: asText(stored.get("cond")),
    empty,
    timesteps: stored.get("timesteps").data,
    steps,
    gradient: gradient && asText(gradient),
    plain: plain && asClip(plain),
  };
}

/** The schedule by which the reference went. */
export function scheduleOf(scheduler: Parameters<typeof createSchedule>[0], { steps }: Recorded): Schedule {
  return createSchedule(scheduler, steps.length, "fatezero");
}
