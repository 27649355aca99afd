import type { Bench } from "../bench.ts";
import { flipCounter } from "../flips.ts";
import { MARKS } from "../marks.ts";
import { maskOf, numbered, selfMaskCalls } from "../masks.ts";
import { equalRow, gauge, type Row } from "../rows.ts";
import type { Steps } from "../steps.ts";

/** The masks of self-attention, one for every fused block and step, before and after their threshold. */
export async function checkSelfMasks(bench: Bench, open: () => Promise<Steps>): Promise<Row[]> {
  const { stored, p2p, settings } = bench;
  if (!p2p.blendSelfAttention || !stored.has("inv/latents")) return [];
  const steps = await open();
  const [frames, height, width] = steps.latentSize;
  const tau = p2p.thresholds[0];
  const calls = selfMaskCalls(bench, height, width);
  const margins = stored.find("attention_blend/min_margin")?.data;
  const soft = gauge("self-attention masks before τ", "mask");
  const hard = flipCounter("self-attention masks", tau);
  for (const { index, step, site } of calls) {
    const values = stored.find(numbered("attention_blend/soft", index));
    const expected = stored.find(numbered("attention_blend/mask", index));
    if (!values && !expected) continue;
    const { words } = await steps.source(settings.steps - 1 - step);
    const size = [frames, height / 2 ** site.level, width / 2 ** site.level] as const;
    const ours = maskOf(words, size, tau);
    // Words that are not in the prompt are 0/0 there, and 0 here.
    if (values && words) soft.add(ours.soft, values, MARKS.mask, `step ${step}`);
    if (expected) hard.add(ours, [ours], expected.data, margins?.[index] ?? 0);
  }
  const count = stored.find("attention_blend/n_masks");
  const counted = count ? [equalRow("number of self-attention masks", [calls.length], count.data)] : [];
  return [...counted, ...soft.rows(), ...hard.rows()];
}
