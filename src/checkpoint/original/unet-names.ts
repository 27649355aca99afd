/**
 * Where the UNet's layers stand in a file of the original latent-diffusion code (Rombach et al. 2022), which numbers its
 * blocks in the order in which they run, and in diffusers, which names them by level.
 */

/** The shape of a UNet's tree: how many ResNet blocks each level has, finest first, and whether transformers follow them. */
export interface UNetLayout {
  readonly resnets: readonly number[];
  readonly attends: readonly boolean[];
}

/** A layer, or a group of layers whose inner names agree: its path in the original code and in diffusers. */
export type ModulePair = readonly [original: string, diffusers: string];

const RESNET: readonly ModulePair[] = [
  ["in_layers.0", "norm1"],
  ["in_layers.2", "conv1"],
  ["emb_layers.1", "time_emb_proj"],
  ["out_layers.0", "norm2"],
  ["out_layers.3", "conv2"],
  ["skip_connection", "conv_shortcut"],
];

const ENDS: readonly ModulePair[] = [
  ["time_embed.0", "time_embedding.linear_1"],
  ["time_embed.2", "time_embedding.linear_2"],
  ["input_blocks.0.0", "conv_in"],
  ["out.0", "conv_norm_out"],
  ["out.2", "conv_out"],
];

function resnet(original: string, diffusers: string): ModulePair[] {
  return RESNET.map(([theirs, ours]) => [`${original}.${theirs}`, `${diffusers}.${ours}`]);
}

/** All modules of a UNet, each in both layouts. */
export function unetModules({ resnets, attends }: UNetLayout): readonly ModulePair[] {
  const pairs: ModulePair[] = [...ENDS];
  const levels = resnets.length;
  let block = 1;
  for (const [level, count] of resnets.entries()) {
    const path = `down_blocks.${level}`;
    for (let i = 0; i < count; i++, block++) {
      pairs.push(...resnet(`input_blocks.${block}.0`, `${path}.resnets.${i}`));
      if (attends[level]) pairs.push([`input_blocks.${block}.1`, `${path}.attentions.${i}`]);
    }
    if (level < levels - 1) pairs.push([`input_blocks.${block++}.0.op`, `${path}.downsamplers.0.conv`]);
  }
  pairs.push(
    ...resnet("middle_block.0", "mid_block.resnets.0"),
    ["middle_block.1", "mid_block.attentions.0"],
    ...resnet("middle_block.2", "mid_block.resnets.1"),
  );
  block = 0;
  for (let i = 0; i < levels; i++) {
    const level = levels - 1 - i;
    const path = `up_blocks.${i}`;
    for (let j = 0; j <= resnets[level]!; j++, block++) {
      const original = `output_blocks.${block}`;
      pairs.push(...resnet(`${original}.0`, `${path}.resnets.${j}`));
      if (attends[level]) pairs.push([`${original}.1`, `${path}.attentions.${j}`]);
      // The upsampler hangs at the level's last block, behind its transformer where it has one.
      if (j === resnets[level] && level > 0)
        pairs.push([`${original}.${attends[level] ? 2 : 1}.conv`, `${path}.upsamplers.0.conv`]);
    }
  }
  return pairs;
}

/** Reads the tree's shape off the names of an original UNet (without `model.diffusion_model.`). */
export function unetLayout(names: Iterable<string>): UNetLayout {
  const kinds = new Map<number, "resnet" | "attends" | "down">();
  for (const name of names) {
    const [, number, inner] = /^input_blocks\.(\d+)\.(.+)$/.exec(name) ?? [];
    if (number === undefined || inner === undefined) continue;
    const block = Number(number);
    if (inner.startsWith("0.op.")) kinds.set(block, "down");
    else if (inner.startsWith("1.")) kinds.set(block, "attends");
    else if (inner.startsWith("0.in_layers.") && !kinds.has(block)) kinds.set(block, "resnet");
  }
  const resnets = [0];
  const attends = [false];
  for (let block = 1; kinds.has(block); block++) {
    const kind = kinds.get(block)!;
    const level = resnets.length - 1;
    if (kind === "down") {
      resnets.push(0);
      attends.push(false);
      continue;
    }
    resnets[level]!++;
    if (kind === "attends") attends[level] = true;
  }
  return { resnets, attends };
}
