import type { ModelSettings } from "../checkpoint/index.ts";
import { detailKept, psnr } from "../metrics/index.ts";
import { withoutWeights } from "../prompt/index.ts";
import type { Frame } from "../video/index.ts";
import type { CheckedFrames } from "./measure.ts";

/** Words of prompts that such a model does not know, each once, in the order in which they stand. */
export function unknownWords(settings: ModelSettings | null, ...prompts: readonly string[]): string[] {
  const known = settings?.words;
  if (!known) return [];
  const words = prompts.flatMap(
    (prompt) =>
      withoutWeights(prompt)
        .toLowerCase()
        .match(/[\p{L}\p{N}]+/gu) ?? [],
  );
  return [...new Set(words)].filter((word) => !known.includes(word));
}

/** Weight of the share of detail beside the PSNR: 20 dB for all of it. */
const DETAIL_DECIBELS = 20;

/**
 * How well a model's VAE shows a clip: PSNR in dB, plus 20 dB times the share of fine detail that survives. Either alone
 * does not tell a small model's own scenes from photographs: those are busier than its scenes, or smoother.
 */
export function sceneFidelity(source: readonly Frame[], { indices, frames }: CheckedFrames): number {
  const chosen = indices.map((i) => source[i]!);
  const detail = Math.max(0, detailKept(chosen, frames) ?? 1);
  return psnr(chosen, frames)! + DETAIL_DECIBELS * detail;
}

/** Whether a clip is none of the scenes that a model folder's fatezero.json says it shows (`sceneFidelity`). */
export function isForeign(settings: ModelSettings | null, fidelity: number): boolean {
  const least = settings?.sceneFidelity;
  return least !== undefined && fidelity < least;
}
