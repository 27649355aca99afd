import type { ModulePair } from "./unet-names.ts";

/** The shape of a VAE's tree. */
export interface VaeLayout {
  readonly levels: number;
  /** ResNet blocks of an encoder level; the decoder has one more. */
  readonly resnets: number;
}

const RESNET = ["norm1", "conv1", "norm2", "conv2"];

function resnet(original: string, diffusers: string): ModulePair[] {
  const same = RESNET.map((layer): ModulePair => [`${original}.${layer}`, `${diffusers}.${layer}`]);
  return [...same, [`${original}.nin_shortcut`, `${diffusers}.conv_shortcut`]];
}

function half(name: "encoder" | "decoder"): ModulePair[] {
  const attention = (theirs: string, ours: string): ModulePair => [
    `${name}.mid.attn_1.${theirs}`,
    `${name}.mid_block.attentions.0.${ours}`,
  ];
  return [
    [`${name}.conv_in`, `${name}.conv_in`],
    ...resnet(`${name}.mid.block_1`, `${name}.mid_block.resnets.0`),
    attention("norm", "group_norm"),
    attention("q", "to_q"),
    attention("k", "to_k"),
    attention("v", "to_v"),
    attention("proj_out", "to_out.0"),
    // Converters of diffusers from 0.18 on leave today's names as they are.
    ...["to_q", "to_k", "to_v", "to_out.0"].map((layer) => attention(layer, layer)),
    ...resnet(`${name}.mid.block_2`, `${name}.mid_block.resnets.1`),
    [`${name}.norm_out`, `${name}.conv_norm_out`],
    [`${name}.conv_out`, `${name}.conv_out`],
  ];
}

/** All modules of a VAE, each in the original layout and in diffusers'. The original numbers decoder levels from the finest. */
export function vaeModules({ levels, resnets }: VaeLayout): readonly ModulePair[] {
  const pairs: ModulePair[] = [
    ["quant_conv", "quant_conv"],
    ["post_quant_conv", "post_quant_conv"],
    ...half("encoder"),
    ...half("decoder"),
  ];
  for (let level = 0; level < levels; level++) {
    const down = [`encoder.down.${level}`, `encoder.down_blocks.${level}`] as const;
    const up = [`decoder.up.${level}`, `decoder.up_blocks.${levels - 1 - level}`] as const;
    for (let i = 0; i < resnets; i++)
      pairs.push(...resnet(`${down[0]}.block.${i}`, `${down[1]}.resnets.${i}`));
    for (let i = 0; i <= resnets; i++) pairs.push(...resnet(`${up[0]}.block.${i}`, `${up[1]}.resnets.${i}`));
    if (level < levels - 1) pairs.push([`${down[0]}.downsample.conv`, `${down[1]}.downsamplers.0.conv`]);
    if (level > 0) pairs.push([`${up[0]}.upsample.conv`, `${up[1]}.upsamplers.0.conv`]);
  }
  return pairs;
}

/** Reads the tree's shape off the names of an original VAE (without `first_stage_model.`). */
export function vaeLayout(names: Iterable<string>): VaeLayout {
  let levels = 0;
  let resnets = 0;
  for (const name of names) {
    const [, level, block] = /^encoder\.down\.(\d{1,2})\.block\.(\d{1,2})\./.exec(name) ?? [];
    if (level === undefined) continue;
    levels = Math.max(levels, Number(level) + 1);
    resnets = Math.max(resnets, Number(block) + 1);
  }
  return { levels, resnets };
}
