import { defined } from "../defined.ts";
import type { FrameWindow } from "../frame-window.ts";
import { framesAtOnce, modelBytes, promptIds } from "../pipeline/index.ts";
import { count, formatBytes } from "../quantity.ts";
import type { Text } from "../say.ts";
import { expectedState } from "./estimate.ts";
import type { Report } from "./events.ts";
import { frameCount, type Reading } from "./input.ts";
import { expectationOf, type MemoryRequest } from "./memory.ts";
import type { CheckedEdit, Prepared } from "./prepared.ts";

/** What a job takes, before any of it is done. */
export interface Needs {
  readonly frames: number;
  /** Frames that are computed at a time. */
  readonly chunk: number;
  /** The windows that these are of, where there are such. */
  readonly window?: FrameWindow;
  /** Steps of the inversion that is still to be made, and of all edits. */
  readonly inversionSteps: number;
  readonly editSteps: number;
  /** Bytes of the model's weights as they are computed with. */
  readonly modelBytes: number;
  /** Bytes that the inversion keeps: latents of every step, and word maps. */
  readonly stateBytes: number;
  /** Bytes of memory at the highest, by estimate, and those that there are. */
  readonly peakBytes: number;
  readonly allowedBytes: number;
}

/** What a job takes whose memory was looked at (`checkMemory`). */
export function needsOf(
  prepared: Prepared,
  request: Reading & MemoryRequest,
  edits: readonly CheckedEdit[],
  frames = frameCount(prepared.input, request),
): Needs {
  const { model, terms, size, input } = prepared;
  const { steps, prompt, settings } = terms;
  const tokens = promptIds(model.tokenizer, prompt, settings.compat, "source prompt").count;
  const { bytes, allowed } = expectationOf(prepared, request, edits, frames);
  return {
    frames,
    chunk: Math.min(frames, framesAtOnce(model, settings, frames)),
    ...defined({ window: settings.window }),
    inversionSteps: input.kind === "clip" ? steps : 0,
    editSteps: edits.reduce((sum, { plan }) => sum + plan.steps.length, 0),
    modelBytes: modelBytes(model.checkpoint),
    stateBytes: expectedState(model, { frames, ...size }, { steps, compat: settings.compat, tokens }),
    peakBytes: bytes,
    allowedBytes: allowed,
  };
}

/** The same in a line. */
export function needsText(needs: Needs): string {
  const { frames, chunk, window, inversionSteps, editSteps, peakBytes, allowedBytes } = needs;
  const steps = [
    ...(inversionSteps > 0 ? [`${inversionSteps} of the inversion`] : []),
    ...(editSteps > 0 ? [`${editSteps} of editing`] : []),
  ];
  const windows = window && `, in windows of ${window.frames} frames, ${window.overlap} shared`;
  const atOnce = chunk < frames ? (windows ?? `, ${chunk} at a time`) : "";
  return `${count(frames, "frame")}${atOnce}; steps: ${steps.join(", ")}; about ${formatBytes(peakBytes)} of memory (model ${formatBytes(needs.modelBytes)}, state ${formatBytes(needs.stateBytes)}) of ${formatBytes(allowedBytes)}`;
}

/** Tells what a job takes, before the work. */
export function announceNeeds(
  report: Report,
  prepared: Prepared,
  request: Reading & MemoryRequest,
  edits: readonly CheckedEdit[],
  frames?: number,
): void {
  const text: Text = needsText(needsOf(prepared, request, edits, frames));
  report({ type: "fact", name: "needs", text });
}
