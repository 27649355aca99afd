import type { UNetConfig } from "./config.ts";

/** One transformer block of the UNet: the place of one self- and one cross-attention. */
export interface AttentionSite {
  /** Path of the block, e.g. `up_blocks.1.attentions.0.transformer_blocks.0`. */
  readonly path: string;
  readonly place: "down" | "mid" | "up";
  /** How often height and width have been halved: the latent's own size is level 0. */
  readonly level: number;
  readonly channels: number;
  readonly heads: number;
}

/** Where the blocks of a UNet lie: their paths and widths, in the order in which they run. */
export function blockLayout(config: UNetConfig) {
  const levels = config.channels.length;
  const down = config.channels.map((channels, level) => ({
    path: `down_blocks.${level}`,
    level,
    channels,
    resnets: config.resnetsPerLevel[level]!,
    last: level === levels - 1,
  }));
  const up = [...down].reverse().map((block, i) => ({
    ...block,
    path: `up_blocks.${i}`,
    resnets: block.resnets + 1,
    last: i === levels - 1,
  }));
  const mid = { path: "mid_block", level: levels - 1, channels: config.channels[levels - 1]! };
  return { down, mid, up };
}

/** All transformer blocks in the order in which they run. */
export function attentionSites(config: UNetConfig): readonly AttentionSite[] {
  const { down, mid, up } = blockLayout(config);
  const sitesOf = (
    place: AttentionSite["place"],
    path: string,
    level: number,
    count: number,
  ): AttentionSite[] =>
    Array.from({ length: count }, (_, i) =>
      Array.from({ length: config.transformersPerBlock[level]! }, (_, j) => ({
        path: `${path}.attentions.${i}.transformer_blocks.${j}`,
        place,
        level,
        channels: config.channels[level]!,
        heads: config.heads[level]!,
      })),
    ).flat();
  return [
    ...down.flatMap((b) => (config.attends[b.level] ? sitesOf("down", b.path, b.level, b.resnets) : [])),
    ...sitesOf("mid", mid.path, mid.level, 1),
    ...up.flatMap((b) => (config.attends[b.level] ? sitesOf("up", b.path, b.level, b.resnets) : [])),
  ];
}
