import type { RandomSource } from "../tensor/index.ts";

/** Noise levels that training never draws, and on which the loss is measured. */
export interface HeldOut {
  /** The timestep of each level, evenly spaced. */
  readonly timesteps: readonly number[];
  /** A timestep of training: any but those near a held-out level. */
  draw(source: RandomSource): number;
}

/** Timesteps to either side of a held-out one, of all the schedule's, that training leaves out with it. */
const BAND = 0.01;

/** Holds out `levels` of a schedule's `trained` timesteps; none leaves all of them to training. */
export function holdOut(trained: number, levels: number): HeldOut {
  const timesteps = Array.from({ length: levels }, (_, i) => Math.floor(((i + 0.5) * trained) / levels));
  const isHeldOut = (t: number): boolean => timesteps.some((level) => Math.abs(t - level) <= BAND * trained);
  return {
    timesteps,
    draw(source) {
      for (;;) {
        const t = source.below(trained);
        if (!isHeldOut(t)) return t;
      }
    },
  };
}
