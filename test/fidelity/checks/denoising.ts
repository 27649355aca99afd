import { ddimStep, guide } from "../../../src/diffusion/index.ts";
import type { FloatTensor } from "../../../src/tensor/index.ts";
import type { Bench } from "../bench.ts";
import { latentMark, MARKS } from "../marks.ts";
import { blendsAfter } from "../masks.ts";
import { gauge, type Row } from "../rows.ts";
import type { Steps } from "../steps.ts";
import { clipAt } from "../stored.ts";

/** Stored predictions of (unconditional,) edit at a step. */
function storedEpsilons({ stored }: Bench, step: number): FloatTensor[] {
  const all = stored.get("edit/eps_raw");
  return Array.from({ length: all.shape[1]! }, (_, branch) => clipAt(all, step, branch));
}

/** Every prediction of the edit, unconditional and conditional, with the source's attention fused in. */
export async function checkEditPredictions(bench: Bench, open: () => Promise<Steps>): Promise<Row[]> {
  const { stored, settings, plan } = bench;
  if (!stored.has("inv/latents", "edit/latents", "edit/eps_raw")) return [];
  const steps = await open();
  const rows = [gauge("edit ε, unconditional", "step"), gauge("edit ε, target", "step")] as const;
  const mark = MARKS.editEpsilon * plan.maxAmplification;
  for (let i = 0; i < settings.steps; i++) {
    const expected = storedEpsilons(bench, i);
    const { epsilons } = await steps.edit(i);
    if (epsilons.length !== expected.length)
      throw new Error(
        `guidance ${settings.guidance}: ${epsilons.length} predictions, ${expected.length} stored`,
      );
    for (const [k, epsilon] of epsilons.entries())
      rows[k === epsilons.length - 1 ? 1 : 0].add(epsilon, expected[k]!, mark, `step ${i}`);
  }
  return rows.flatMap((row) => row.rows());
}

/** Guidance and the DDIM step of every edit step, from the stored predictions. */
export async function checkEditLatents(bench: Bench): Promise<Row[]> {
  const { stored, schedule, settings } = bench;
  if (!stored.has("edit/latents", "edit/eps_raw")) return [];
  const latents = stored.get("edit/latents");
  const before = stored.find("edit/latents_pre_blend");
  const rows = gauge("edit latents", "step");
  for (let i = 0; i < settings.steps; i++) {
    if (!before && blendsAfter(bench, i)) continue;
    const epsilon = guide(storedEpsilons(bench, i), settings.guidance);
    const from = clipAt(latents, i, 0);
    const to = before ? clipAt(before, i, 0) : clipAt(latents, i + 1, 0);
    rows.add(ddimStep(schedule.steps[i]!, from, epsilon), to, latentMark(from, to), `step ${i}`);
  }
  return rows.rows();
}
