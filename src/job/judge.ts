import type { EditResult, Inversion } from "../edit/index.ts";
import {
  type CheckedFrames,
  decodeSource,
  judgeEdit,
  judgeInversion,
  measureEdit,
  sceneFidelity,
  trajectoryDrift,
  vaePsnr,
} from "../judge/index.ts";
import type { Model } from "../pipeline/index.ts";
import type { Frame } from "../video/index.ts";
import { asPhase } from "./as-phase.ts";
import { warnOfClip } from "./real-model.ts";
import type { Session } from "./session.ts";

/**
 * Tells, before hours go into an edit, whether the inversion gives the source back and whether the model knows such
 * clips. `source` are the frames that were encoded, null for a saved inversion. Returns what `judgeResult` compares with.
 */
export async function judgeSource(
  model: Model,
  inversion: Inversion,
  source: readonly Frame[] | null,
  { report, signal }: Session,
): Promise<CheckedFrames> {
  const look = async () => {
    // First what the inversion's own graph computes: it is open still, and a large model is opened in one form at a time.
    const drift = await trajectoryDrift(model, inversion, signal);
    return { drift, checked: await decodeSource(model, inversion, signal) };
  };
  const { checked, drift } = await asPhase(report, "check", look, "the inversion");
  if (source) warnOfClip(report, model, sceneFidelity(source, checked));
  const measured = { vaePsnr: source ? vaePsnr(source, checked) : null, drift };
  for (const verdict of judgeInversion(measured)) report({ type: "verdict", ...verdict });
  return checked;
}

/** Tells at the end what looks wrong with an edit. */
export function judgeResult(
  model: Model,
  inversion: Inversion,
  result: EditResult,
  source: CheckedFrames,
  { report }: Session,
): void {
  const { plan, preset, regions } = result;
  const measured = { vaePsnr: null, drift: null, ...measureEdit(model, inversion, result, source) };
  const isSame = (of: typeof plan): boolean =>
    of.target.text.trim() === inversion.prompt.trim() && of.maxAmplification === 1;
  const samePrompts = isSame(plan) && (regions?.list ?? []).every((region) => isSame(region.plan));
  const job = { samePrompts, wholePicture: preset === "style" || preset === "enhance" };
  for (const verdict of judgeEdit(measured, job)) report({ type: "verdict", ...verdict });
}
