import { concat, type Dim, divDims, mulDims, type Port, port, reshape, type Value } from "../graph/index.ts";
import type { AttentionSite, SpatialAttention } from "../model/index.ts";
import type { AttentionContext } from "./plain.ts";

/**
 * What a block lends of the source follows from its queries, keys and text alone, and those follow from the hidden states
 * that the block takes in. So where these are kept by the inversion, which computed them for the same latents and timestep, the
 * network is not run for the source again: its branch enters at each fused block and leaves it behind the
 * cross-attention.
 */

/** The output, or the input, that holds the source's hidden states where they enter a block. */
export type SourceName = `source ${string}`;

export const sourceName = ({ path }: Pick<AttentionSite, "path">): SourceName => `source ${path}`;

/** Positions of a resolution level for latents [B, F, C, h, w]. */
export function levelPositions({ shape }: Port, level: number): Dim {
  const [height, width] = shape.slice(-2) as [Dim, Dim];
  return mulDims(divDims(height, 2 ** level)!, divDims(width, 2 ** level)!);
}

/** Ports [F, positions, C] of the source's hidden states, for latents [B, F, C, h, w]. */
export function sourcePorts(
  sites: readonly AttentionSite[],
  latents: Port,
): { readonly [states: SourceName]: Port<"float32"> } {
  const frames = latents.shape[1]!;
  return Object.fromEntries(
    sites.map((site) => [
      sourceName(site),
      port([frames, levelPositions(latents, site.level), site.channels]),
    ]),
  );
}

/** Puts the source's hidden states [F, N, C] before those of the other branches, at the blocks that have them. */
export function enterSource(kept: {
  readonly [states: SourceName]: Value;
}): NonNullable<SpatialAttention["enter"]> {
  return (site, states) => {
    const source = kept[sourceName(site)];
    return source ? concat([source, states], 0) : states;
  };
}

/** Collects the hidden states that enter the chosen blocks while a UNet graph is built. */
export interface StateRecorder {
  readonly enter: NonNullable<SpatialAttention["enter"]>;
  /** By block: [B, F, N, C]. */
  result(): { readonly [states: SourceName]: Value };
}

export function stateRecorder(
  { branches, frames }: Pick<AttentionContext, "branches" | "frames">,
  records: (site: AttentionSite) => boolean,
): StateRecorder {
  const kept: Record<SourceName, Value> = {};
  return {
    enter(site, states) {
      if (records(site))
        kept[sourceName(site)] = reshape(states, [branches, frames, ...states.shape.slice(1)]);
      return states;
    },
    result: () => kept,
  };
}
