import type { ScheduleConfig } from "./config.ts";

/** Rounds halves to the even neighbour, as NumPy does. */
function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/**
 * The timesteps of a schedule, noisiest first, by `timestep_spacing` (Lin et al. 2024, Table 2): "leading" counts up from
 * 0 and adds `steps_offset`, "linspace" spans 0…T−1, "trailing" counts down from T−1.
 */
export function timestepsOf({ trained, spacing, offset }: ScheduleConfig, steps: number): number[] {
  const at = (of: (i: number) => number): number[] => Array.from({ length: steps }, (_, i) => of(i));
  switch (spacing) {
    case "leading":
      return at((i) => (steps - 1 - i) * Math.floor(trained / steps) + offset);
    case "linspace":
      return at((i) => (steps === 1 ? 0 : roundHalfEven(((trained - 1) * (steps - 1 - i)) / (steps - 1))));
    case "trailing":
      return at((i) => roundHalfEven(trained - i * (trained / steps)) - 1);
  }
}
