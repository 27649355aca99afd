/** LoRA files name the same layers in many ways: whatever the names, the terms are the same. */
import { describe, expect, it } from "vitest";
import { checkpointOfShapes, renamed, wavyWeight, weightOf } from "../../../test/support/adapters.ts";
import { SD1 } from "../../../test/support/true-shapes.ts";
import type { Component, NamedWeights, WeightInfo } from "../types.ts";
import { withLora } from "./with-lora.ts";

const model = checkpointOfShapes(SD1);
const RANK = 4;

/** Layers of both networks that every layout has a name for. */
const BLOCK = "down_blocks.1.attentions.0.transformer_blocks.0";
const LAYERS = {
  unet: [
    `${BLOCK}.attn1.to_q`,
    `${BLOCK}.attn1.to_k`,
    `${BLOCK}.attn2.to_v`,
    `${BLOCK}.attn2.to_out.0`,
    `${BLOCK}.ff.net.0.proj`,
    "mid_block.attentions.0.proj_in",
    "up_blocks.1.resnets.2.conv_shortcut",
    "down_blocks.0.resnets.0.conv1",
    "down_blocks.0.downsamplers.0.conv",
    "time_embedding.linear_1",
  ],
  textEncoder: [
    "text_model.encoder.layers.0.self_attn.q_proj",
    "text_model.encoder.layers.11.self_attn.out_proj",
    "text_model.encoder.layers.3.mlp.fc1",
  ],
} as const;
type Network = keyof typeof LAYERS;
const isAttention = (path: string): boolean => /attn/.test(path);

/** `unet/PATH/down`, `textEncoder/PATH/alpha` …: all weights of one LoRA, under names of no layout. */
function neutralFile(): NamedWeights {
  const file = new Map<string, WeightInfo>();
  for (const network of ["unet", "textEncoder"] as const) {
    for (const [i, path] of LAYERS[network].entries()) {
      const [out, input, ...kernel] = model[network].weights.get(`${path}.weight`)!.shape;
      const ones = kernel.map(() => 1);
      file.set(`${network}/${path}/down`, wavyWeight([RANK, input!, ...kernel], i));
      file.set(`${network}/${path}/up`, wavyWeight([out!, RANK, ...ones], i + 100));
      file.set(`${network}/${path}/alpha`, weightOf([], [2]));
    }
  }
  return file;
}
const FILE = neutralFile();

interface Layout {
  readonly name: string;
  /** Name of a weight, null where the layout has none for it. */
  key(network: Network, path: string, part: "down" | "up" | "alpha"): string | null;
}

const joined = (path: string): string => path.replaceAll(".", "_");
const kohyaPart = { down: "lora_down.weight", up: "lora_up.weight", alpha: "alpha" } as const;
const peftPart = { down: "lora_A", up: "lora_B" } as const;
const prefix = { unet: "unet", textEncoder: "text_encoder" } as const;

/** What the attention processors of diffusers before 0.18 called a layer. */
function processorName(network: Network, path: string): string | null {
  if (!isAttention(path)) return null;
  if (network === "unet") return path.replace(/(attn\d)\./, "$1.processor.").replace("to_out.0", "to_out");
  return path.replace(/\.out_proj$/, ".to_out").replace(/\.([qkv])_proj$/, ".to_$1");
}

/** The UNet's layers as the original code numbers them, written down by hand. */
const ORIGINAL: Readonly<Record<string, string>> = {
  [`${BLOCK}.attn1.to_q`]: "input_blocks_4_1_transformer_blocks_0_attn1_to_q",
  [`${BLOCK}.attn1.to_k`]: "input_blocks_4_1_transformer_blocks_0_attn1_to_k",
  [`${BLOCK}.attn2.to_v`]: "input_blocks_4_1_transformer_blocks_0_attn2_to_v",
  [`${BLOCK}.attn2.to_out.0`]: "input_blocks_4_1_transformer_blocks_0_attn2_to_out_0",
  [`${BLOCK}.ff.net.0.proj`]: "input_blocks_4_1_transformer_blocks_0_ff_net_0_proj",
  "mid_block.attentions.0.proj_in": "middle_block_1_proj_in",
  "up_blocks.1.resnets.2.conv_shortcut": "output_blocks_5_0_skip_connection",
  "down_blocks.0.resnets.0.conv1": "input_blocks_1_0_in_layers_2",
  "down_blocks.0.downsamplers.0.conv": "input_blocks_3_0_op",
  "time_embedding.linear_1": "time_embed_0",
};

const ORIGINAL_DOTTED: Readonly<Record<string, string>> = {
  [`${BLOCK}.attn1.to_q`]: "input_blocks.4.1.transformer_blocks.0.attn1.to_q",
  [`${BLOCK}.attn1.to_k`]: "input_blocks.4.1.transformer_blocks.0.attn1.to_k",
  [`${BLOCK}.attn2.to_v`]: "input_blocks.4.1.transformer_blocks.0.attn2.to_v",
  [`${BLOCK}.attn2.to_out.0`]: "input_blocks.4.1.transformer_blocks.0.attn2.to_out.0",
  [`${BLOCK}.ff.net.0.proj`]: "input_blocks.4.1.transformer_blocks.0.ff.net.0.proj",
  "mid_block.attentions.0.proj_in": "middle_block.1.proj_in",
  "up_blocks.1.resnets.2.conv_shortcut": "output_blocks.5.0.skip_connection",
  "down_blocks.0.resnets.0.conv1": "input_blocks.1.0.in_layers.2",
  "down_blocks.0.downsamplers.0.conv": "input_blocks.3.0.op",
  "time_embedding.linear_1": "time_embed.0",
};

const LAYOUTS: readonly Layout[] = [
  {
    name: "kohya-ss",
    key: (network, path, part) =>
      `lora_${network === "unet" ? "unet" : "te"}_${joined(path)}.${kohyaPart[part]}`,
  },
  {
    name: "kohya-ss, first text encoder of two",
    key: (network, path, part) =>
      `lora_${network === "unet" ? "unet" : "te1"}_${joined(path)}.${kohyaPart[part]}`,
  },
  {
    name: "LyCORIS, UNet by its original names",
    key: (network, path, part) =>
      network === "unet"
        ? `lora_unet_${ORIGINAL[path]}.${kohyaPart[part]}`
        : `lora_te_${joined(path)}.${kohyaPart[part]}`,
  },
  {
    name: "LyCORIS by itself, diffusers' names",
    key: (_, path, part) => `lycoris_${joined(path)}.${kohyaPart[part]}`,
  },
  {
    name: "LyCORIS by itself, original names",
    key: (network, path, part) =>
      network === "unet" ? `lycoris_${ORIGINAL[path]}.${kohyaPart[part]}` : null,
  },
  {
    name: "OneTrainer, dotted",
    key: (network, path, part) => `lora_${network === "unet" ? "unet" : "te"}.${path}.${kohyaPart[part]}`,
  },
  ...(["clip_l.transformer.", "clip_h.transformer.", "clip_l."] as const).map((encoder) => ({
    name: `ComfyUI, text encoder ${encoder}`,
    key: (network: Network, path: string, part: "down" | "up" | "alpha") =>
      network === "unet"
        ? `diffusion_model.${ORIGINAL_DOTTED[path]}.${kohyaPart[part]}`
        : `text_encoders.${encoder}${path}.${kohyaPart[part]}`,
  })),
  {
    name: "the original checkpoints",
    key: (network, path, part) =>
      network === "unet"
        ? `model.diffusion_model.${ORIGINAL_DOTTED[path]}.${kohyaPart[part]}`
        : `cond_stage_model.transformer.${path}.${kohyaPart[part]}`,
  },
  {
    name: "plain parameters",
    key: (network, path, part) => `${prefix[network]}.${path}.${part === "alpha" ? "alpha" : peftPart[part]}`,
  },
  {
    name: "diffusers with peft",
    key: (network, path, part) =>
      part === "alpha"
        ? `${prefix[network]}.${path}.alpha`
        : `${prefix[network]}.${path}.${peftPart[part]}.weight`,
  },
  {
    name: "peft inside diffusers, adapter named",
    key: (network, path, part) =>
      part === "alpha"
        ? null
        : `${prefix[network]}.base_model.model.${path}.${peftPart[part]}.my-style.weight`,
  },
  {
    name: "a bare peft adapter",
    key: (_, path, part) => (part === "alpha" ? null : `base_model.model.${path}.${peftPart[part]}.weight`),
  },
  {
    name: "diffusers 0.18 to 0.22",
    key: (network, path, part) => {
      const middle = network === "unet" ? "lora" : "lora_linear_layer";
      const whole = `${prefix[network]}.${path}`;
      return part === "alpha" ? `${whole}.alpha` : `${whole}.${middle}.${part}.weight`;
    },
  },
  {
    name: "diffusers' attention processors",
    key: (network, path, part) => {
      const name = processorName(network, path);
      return name === null || part === "alpha" ? null : `${prefix[network]}.${name}_lora.${part}.weight`;
    },
  },
  {
    name: "diffusers 0.11, processors of the UNet alone",
    key: (network, path, part) => {
      const name = network === "unet" ? processorName(network, path) : null;
      return name === null || part === "alpha" ? null : `${name}_lora.${part}.weight`;
    },
  },
  {
    name: "a text encoder of transformers 5",
    key: (network, path, part) =>
      network === "unet" || part === "alpha"
        ? null
        : `text_encoder.${path.replace(/^text_model\./, "")}.${peftPart[part]}.weight`,
  },
];

/** Layer, place of the weights and scale of every term of a network. */
function termsOf({ lora }: Component): [string, unknown, unknown, number][] {
  return [...(lora ?? [])].map(([path, [term]]) => [path, term!.down, term!.up, term!.scale]);
}

describe("the layers that a LoRA changes", () => {
  it.each(LAYOUTS)("are found in the layout of $name", async ({ key }) => {
    const nameOf = (name: string): string | null => {
      const [network, path, part] = name.split("/") as [Network, string, "down" | "up" | "alpha"];
      return key(network, path, part);
    };
    const weights = renamed(FILE, nameOf);
    const { unet, textEncoder } = await withLora(model, [{ weights, label: "file", scale: 0.7 }]);
    for (const [network, component] of [
      ["unet", unet],
      ["textEncoder", textEncoder],
    ] as const) {
      const expected = LAYERS[network]
        .filter((path) => key(network, path, "down") !== null)
        .map((path) => {
          const own = (part: string) => FILE.get(`${network}/${path}/${part}`);
          const alpha = key(network, path, "alpha") === null ? RANK : 2;
          return [path, own("down"), own("up"), (0.7 * alpha) / RANK];
        });
      expect(termsOf(component)).toEqual(expected);
    }
  });

  it("are found in 1×1 convolutions given as matrices, and the reverse", async () => {
    const proj = "mid_block.attentions.0.proj_in";
    const query = "mid_block.attentions.0.transformer_blocks.0.attn1.to_q";
    const weights = new Map([
      [`unet.${proj}.lora_A.weight`, wavyWeight([2, 1280], 1)],
      [`unet.${proj}.lora_B.weight`, wavyWeight([1280, 2], 2)],
      [`unet.${query}.lora_A.weight`, wavyWeight([2, 1280, 1, 1], 3)],
      [`unet.${query}.lora_B.weight`, wavyWeight([1280, 2, 1, 1], 4)],
    ]);
    const { unet } = await withLora(model, [{ weights, label: "file", scale: 1 }]);
    expect([...unet.lora!.keys()]).toEqual([proj, query]);
  });
});
