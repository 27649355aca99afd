import { sumOfTokens, threshold } from "../../src/attention/index.ts";
import { denoiseFused, maskOfWords, masksByLevel } from "../../src/edit/index.ts";
import { createDenoiser, planSites } from "../../src/pipeline/index.ts";
import type { CrossFusion } from "../../src/prompt/index.ts";
import type { FloatTensor } from "../../src/tensor/index.ts";
import type { Bench } from "./bench.ts";
import { asKept, storedSelfMasks } from "./masks.ts";
import { textStates } from "./states.ts";
import { clipAt } from "./stored.ts";

export interface SourceStep {
  readonly epsilon: FloatTensor;
  /** The source words' map [F, h, w]; null where there are none. */
  readonly words: FloatTensor | null;
}

export interface EditStep {
  /** Predictions of (unconditional,) edit. */
  readonly epsilons: readonly FloatTensor[];
  /** The target words' map in the edit's own attention [F, h, w]; null where there are none. */
  readonly words: FloatTensor | null;
}

/** The UNet calls of a case, each made once, from the stored latents: never from the result of another call. */
export interface Steps {
  readonly latentSize: readonly [frames: number, height: number, width: number];
  /** Inversion step j. Needs `inv/latents`. */
  source(j: number): Promise<SourceStep>;
  /** Masks of edit step i by level [F, positions]: 1 where it keeps its own self-attention. Null: there are none. */
  masks(i: number): Promise<ReadonlyMap<number, FloatTensor> | null>;
  /** Edit step i. Needs `inv/latents` and `edit/latents`. */
  edit(i: number): Promise<EditStep>;
}

/** A, b of a step whose cross-attention is the edit's own. */
export function ownCross(length: number): CrossFusion {
  return { A: new Float32Array(length * length), b: new Float32Array(length).fill(1) };
}

function once<T>(compute: (index: number) => Promise<T>): (index: number) => Promise<T> {
  const results = new Map<number, Promise<T>>();
  return (index) => {
    const result = results.get(index) ?? compute(index);
    results.set(index, result);
    return result;
  };
}

/** Throws where the case has no trajectory to compute from. */
export async function openSteps(bench: Bench): Promise<Steps> {
  const { stored, model, method, plan, p2p, schedule } = bench;
  const trajectory = stored.get("inv/latents");
  const [frames, height, width] = trajectory.shape.slice(-3) as [number, number, number];
  const sites = planSites(model, method.compat, height, width);
  const denoiser = createDenoiser(model, method, sites);
  const text = await textStates(bench);
  const tau = p2p.thresholds[0];
  const needsMaps = p2p.blendSelfAttention || p2p.blendLatents;
  if (needsMaps && sites.maps.length === 0)
    throw new Error(`the released code has no word maps for latents of ${height}×${width}`);

  const wordsOf = (maps: FloatTensor | null, tokens: readonly number[]): FloatTensor | null =>
    maps && needsMaps && tokens.length > 0
      ? sumOfTokens(maps, tokens, sites.mapHeight, sites.mapWidth)
      : null;

  const source = once(async (j): Promise<SourceStep> => {
    const branch = { latents: clipAt(trajectory, j, 0), text: text.source };
    const { predictions, wordMaps } = await denoiser.plain([branch], schedule.inversion[j]!.timestep);
    const words = wordsOf(wordMaps && asKept(wordMaps), plan.mask.sourceTokens);
    return { epsilon: predictions[0]!, words };
  });

  /** Masks as the reference stored them, so that a pixel on the threshold does not count twice; else our own. */
  const masksOf = async (i: number): Promise<ReadonlyMap<number, FloatTensor> | null> => {
    if (!plan.steps[i]!.self || !p2p.blendSelfAttention || tau >= 1) return null;
    const { words } = await source(schedule.steps[i]!.inverted);
    if (!words) return null;
    const own = (h: number, w: number) => threshold(maskOfWords(words)(h, w), tau);
    return (
      storedSelfMasks(bench, i, height, width) ??
      masksByLevel(own, sites.fusedLevels, { shape: [height, width] })
    );
  };

  const edit = once(async (i): Promise<EditStep> => {
    const latents = clipAt(stored.get("edit/latents"), i, 0);
    const own = { latents, text: text.target };
    const unconditional = text.unconditional ? { latents, text: text.unconditional } : null;
    const { timestep, inverted } = schedule.steps[i]!;
    const { cross, self } = plan.steps[i]!;
    const masks = await masksOf(i);
    const { predictions, wordMaps } =
      cross || self
        ? await denoiseFused(
            denoiser,
            sites,
            {
              source: { latents: clipAt(trajectory, inverted, 0), text: text.source },
              unconditional,
              edit: own,
              cross: cross ?? ownCross(plan.length),
              self: !self ? "none" : masks ? "masked" : "full",
              ...(masks ? { masks } : {}),
            },
            timestep,
          )
        : await denoiser.plain(unconditional ? [unconditional, own] : [own], timestep);
    return { epsilons: predictions, words: wordsOf(wordMaps, plan.mask.targetTokens) };
  });

  return { latentSize: [frames, height, width], source, masks: masksOf, edit };
}
