import type { Model } from "../../pipeline/index.ts";
import { type TuneEvent, type TuneOptions, type Tuning, tune } from "../../tune/index.ts";
import type { Video } from "../../video/index.ts";
import type { Session } from "../session.ts";

/** A clip that was drawn on the way. */
export type Sample = Extract<TuneEvent, { readonly type: "sample" }>;

/** Tunes a model on a clip whose frames have the working size, and reports how it goes; a sample is written by `onSample`. */
export async function tuneClip(
  model: Model,
  clip: Video,
  options: Omit<TuneOptions, "signal">,
  { report, signal }: Pick<Session, "report" | "signal">,
  onSample: ((sample: Sample) => Promise<string>) | null,
): Promise<Tuning> {
  const job = tune(model, clip, { ...options, signal });
  for await (const event of job) {
    if (event.type !== "sample") report(event);
    else if (onSample)
      report({ type: "sample", step: event.step, prompt: event.prompt, file: await onSample(event) });
  }
  return await job;
}
