import type { Model } from "../../pipeline/index.ts";
import { count, formatBytes } from "../../quantity.ts";
import { saveTuned } from "../../tune/index.node.ts";
import type { TuneOptions } from "../../tune/index.ts";
import type { Video } from "../../video/index.ts";
import { asPhase } from "../as-phase.ts";
import type { Report } from "../events.ts";
import type { Provenance } from "../provenance.ts";
import type { Session } from "../session.ts";
import type { untilDone } from "../until-done.ts";
import { writeCurve } from "./curve.ts";
import type { TuningCost } from "./memory.ts";
import type { TunedPlace } from "./place.ts";
import { type Sample, tuneClip } from "./tune-clip.ts";

/** Tells what a training is of. */
export function announceTraining(report: Report, { network, values, bytes }: TuningCost): void {
  const text = `${count(network.trained.length, "weight")}, ${(values / 1e6).toFixed(1)} million values, about ${formatBytes(bytes)} of memory`;
  report({ type: "fact", name: "trains", text });
}

/** Where a training's results go, and what stands in them. */
interface Saving {
  readonly place: TunedPlace;
  readonly precision: "fp32" | "fp16";
  readonly metadata: Provenance;
  /** Keeps the state of the work until all is written. */
  readonly store: ReturnType<typeof untilDone> | undefined;
  readonly onSample: ((sample: Sample) => Promise<string>) | null;
}

/** Tunes a model on a clip whose frames have the working size, and writes the tuned model and the curve of its loss. */
export async function tuneAndSave(
  model: Model,
  clip: Video,
  options: Omit<TuneOptions, "signal" | "store">,
  { place, precision, metadata, store, onSample }: Saving,
  session: Session,
): Promise<void> {
  const { report, signal } = session;
  const tuning = await tuneClip(model, clip, store ? { ...options, store } : options, session, onSample);
  const { steps, losses, settings } = tuning;
  if (steps < settings.steps)
    report({
      type: "fact",
      name: "stopped",
      text: `after ${losses.length} steps: the weights of step ${steps} were the best`,
    });
  const { model: path, isDelta: delta, curve } = place;
  const write = () => saveTuned(model, tuning, path, { precision, delta, metadata });
  await asPhase(report, "write", write, path);
  await writeCurve(tuning, curve, { signal, metadata });
  report({ type: "fact", name: "curve", text: `${curve.svg}, ${curve.png}` });
  await store?.done();
}
