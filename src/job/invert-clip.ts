import { type Inversion, type InvertOptions, invert } from "../edit/index.ts";
import type { Model } from "../pipeline/index.ts";
import type { Frame } from "../video/index.ts";
import type { OnJobEvent } from "./estimate.ts";
import type { Report } from "./events.ts";
import { type ClipOptions, type Input, readClip } from "./input.ts";
import type { Session } from "./session.ts";

/** Reports a piece of work of the command's own as a phase of one step. */
export async function asPhase<T>(
  report: Report,
  phase: "read" | "write",
  work: () => Promise<T>,
): Promise<T> {
  const began = performance.now();
  report({ type: "phase", phase, steps: 1 });
  const result = await work();
  const seconds = (performance.now() - began) / 1000;
  report({ type: "step", phase, step: 1, steps: 1, timestep: null, seconds });
  return result;
}

/** Which frames of which clip are inverted, at which size in pixels, and how. */
export interface ClipInversion {
  readonly input: Extract<Input, { kind: "clip" }>;
  readonly size: { readonly width: number; readonly height: number };
  readonly reading: ClipOptions;
  readonly method: InvertOptions;
  /** Told the frames that are encoded. */
  readonly onFrames?: (frames: readonly Frame[]) => void;
}

/** Reads a clip at the working size and inverts it. */
export async function invertClip(
  model: Model,
  { input, size, reading, method, onFrames }: ClipInversion,
  { signal, report }: Session,
  onEvent: OnJobEvent,
): Promise<Inversion> {
  const clip = await asPhase(report, "read", () => readClip(input.path, size, reading, signal));
  onFrames?.(clip.frames);
  // The frames have their size already: this one leaves them as they are.
  const job = invert(model, clip, { ...method, size: Math.min(size.width, size.height), signal });
  for await (const event of job) await onEvent(event, clip.frames.length);
  return await job;
}
