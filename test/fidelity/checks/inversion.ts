import { ddimStep } from "../../../src/diffusion/index.ts";
import type { Bench } from "../bench.ts";
import { latentMark, MARKS } from "../marks.ts";
import { gauge, type Row } from "../rows.ts";
import type { Steps } from "../steps.ts";
import { clipAt } from "../stored.ts";

/** Every prediction and every DDIM step of the inversion. */
export async function checkInversion(bench: Bench, open: () => Promise<Steps>): Promise<Row[]> {
  const { stored, schedule, settings } = bench;
  if (!stored.has("inv/latents", "inv/eps")) return [];
  const steps = await open();
  const predictions = gauge("inversion ε", "step");
  const latents = gauge("inversion latents", "step");
  const trajectory = stored.get("inv/latents");
  const epsilons = stored.get("inv/eps");
  for (let j = 0; j < settings.steps; j++) {
    const epsilon = clipAt(epsilons, j, 0);
    predictions.add((await steps.source(j)).epsilon, epsilon, MARKS.inversionEpsilon, `step ${j}`);
    const from = clipAt(trajectory, j, 0);
    const to = clipAt(trajectory, j + 1, 0);
    latents.add(ddimStep(schedule.inversion[j]!, from, epsilon), to, latentMark(from, to), `step ${j}`);
  }
  return [...predictions.rows(), ...latents.rows()];
}
