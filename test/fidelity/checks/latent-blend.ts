import { blendLatents, latentMask } from "../../../src/edit/index.ts";
import { type FloatTensor, floatTensor } from "../../../src/tensor/index.ts";
import type { Bench } from "../bench.ts";
import { flipCounter, undecided } from "../flips.ts";
import { latentMark, MARKS } from "../marks.ts";
import { blendsAfter, type Mask, maskOf, numbered } from "../masks.ts";
import { equalRow, gauge, type Row } from "../rows.ts";
import type { Steps } from "../steps.ts";
import { at, clipAt } from "../stored.ts";

/** Our masks of a step: of the source's words, of the target's, and the one that is applied. */
interface BlendMasks {
  readonly source: Mask;
  readonly target: Mask;
  readonly applied: FloatTensor;
}

/** The masks of every step: the target's maps are summed over the steps so far. */
async function blendMasks(bench: Bench, steps: Steps): Promise<BlendMasks[]> {
  const { settings, p2p } = bench;
  const tau = p2p.thresholds[0];
  const [frames, height, width] = steps.latentSize;
  const size = [frames, height, width] as const;
  const masks: BlendMasks[] = [];
  let sum: FloatTensor | null = null;
  for (let i = 0; i < settings.steps; i++) {
    const { words } = await steps.source(settings.steps - 1 - i);
    const own = (await steps.edit(i)).words;
    if (own) {
      const before: FloatTensor | null = sum;
      sum = floatTensor(
        own.shape,
        own.data.map((value, k) => value + (before?.data[k] ?? 0)),
      );
    }
    masks.push({
      source: maskOf(words, size, tau),
      target: maskOf(sum, size, tau),
      applied: latentMask(words, sum, [frames, 0, height, width], tau),
    });
  }
  return masks;
}

/** Our blended latents; where a pixel of the mask is undecided, whichever of the two is nearer to the expected ones. */
function blended(bench: Bench, step: number, mask: BlendMasks, to: FloatTensor): FloatTensor {
  const { stored, settings, p2p } = bench;
  const edit = clipAt(stored.get("edit/latents_pre_blend"), step, 0);
  const source = clipAt(stored.get("inv/latents"), settings.steps - step, 0);
  const flipped = floatTensor(
    mask.applied.shape,
    mask.applied.data.map((value, i) => {
      const near = [mask.source, mask.target].some(({ soft }) => undecided(soft.data[i]!, p2p.thresholds[0]));
      return near ? 1 - value : value;
    }),
  );
  const ours = blendLatents(edit, source, mask.applied);
  const other = blendLatents(edit, source, flipped);
  const nearer = (value: number, i: number): number =>
    Math.abs(other.data[i]! - to.data[i]!) < Math.abs(value - to.data[i]!) ? other.data[i]! : value;
  return floatTensor(ours.shape, ours.data.map(nearer));
}

/** The masks of the latent blend, before and after their threshold. */
export async function checkLatentMasks(bench: Bench, open: () => Promise<Steps>): Promise<Row[]> {
  const { stored, p2p, settings } = bench;
  if (!p2p.blendLatents || !stored.has("inv/latents", "edit/latents")) return [];
  const tau = p2p.thresholds[0];
  const margins = stored.find("latent_blend/min_margin")?.data;
  const soft = gauge("latent masks before τ", "mask");
  const source = flipCounter("latent masks of the source", tau);
  const applied = flipCounter("latent masks applied", tau);
  for (const [i, masks] of (await blendMasks(bench, await open())).entries()) {
    const margin = margins?.[i] ?? 0;
    const values = stored.find(numbered("latent_blend/soft", i));
    for (const [k, mask] of [masks.source, masks.target].entries()) {
      const expected = values && at(values, k);
      if (expected && !Number.isNaN(expected.data[0])) soft.add(mask.soft, expected, MARKS.mask, `step ${i}`);
    }
    const own = stored.find(numbered("latent_blend/mask", i));
    if (own) source.add(masks.source, [masks.source], own.data, margin);
    const used = stored.find(numbered("latent_blend/applied", i));
    if (used) applied.add({ hard: masks.applied }, [masks.source, masks.target], used.data, margin);
  }
  const active = stored.find("latent_blend/active");
  const ours = Array.from({ length: settings.steps }, (_, i) => Number(blendsAfter(bench, i)));
  const steps = active ? [equalRow("blended steps", ours, active.data)] : [];
  return [...steps, ...soft.rows(), ...source.rows(), ...applied.rows()];
}

/** Latents after blending, or as they were where nothing is blended. */
export async function checkBlendedLatents(bench: Bench, open: () => Promise<Steps>): Promise<Row[]> {
  const { stored, p2p, settings } = bench;
  if (!stored.has("inv/latents", "edit/latents", "edit/latents_pre_blend")) return [];
  const latents = stored.get("edit/latents");
  const first = clipAt(latents, 0, 0);
  const start = gauge("edit's first latents", "clip");
  start.add(clipAt(stored.get("inv/latents"), settings.steps, 0), first, latentMark(first));
  const rows = gauge("edit latents after blending", "step");
  const masks = p2p.blendLatents ? await blendMasks(bench, await open()) : [];
  for (let i = 0; i < settings.steps; i++) {
    const to = clipAt(latents, i + 1, 0);
    const ours = blendsAfter(bench, i)
      ? blended(bench, i, masks[i]!, to)
      : clipAt(stored.get("edit/latents_pre_blend"), i, 0);
    rows.add(ours, to, latentMark(to), `step ${i}`);
  }
  return [...start.rows(), ...rows.rows()];
}
