/** Key maps of the original layout, there and back, for the true Stable Diffusion 1.x and 2.x: names and shapes only. */
import { describe, expect, it } from "vitest";
import { toOpenClipShapes } from "../../../test/support/open-clip-shapes.ts";
import { SD1, SD2, textShapes, unetShapes, vaeShapes } from "../../../test/support/true-shapes.ts";
import type { Shape } from "../../tensor/index.ts";
import type { NamedWeights, WeightInfo } from "../types.ts";
import { inferTextConfig, inferUNetConfig, inferVaeConfig } from "./infer-config.ts";
import { moduleMap, type Rename } from "./module-map.ts";
import { fromOpenClip } from "./open-clip.ts";
import { unetLayout, unetModules } from "./unet-names.ts";
import { vaeLayout, vaeModules } from "./vae-names.ts";

/** Weights of these shapes, whose bytes are never looked at. */
function imagined(shapes: ReadonlyMap<string, Shape>): NamedWeights {
  let offset = 0;
  return new Map(
    [...shapes].map(([name, shape]): [string, WeightInfo] => {
      const length = 2 * shape.reduce((a, b) => a * b, 1);
      const info: WeightInfo = { dtype: "float16", shape, location: { file: "f", offset, length } };
      offset += length;
      return [name, info];
    }),
  );
}

function renamedAll(names: Iterable<string>, rename: Rename): string[] {
  return Array.from(names, (name) => rename(name) ?? `no name for ${name}`);
}

/** Names by hand, from the released files, so that both directions cannot be wrong together. */
const UNET_PAIRS = [
  ["input_blocks.0.0.weight", "conv_in.weight"],
  ["time_embed.2.bias", "time_embedding.linear_2.bias"],
  ["input_blocks.1.0.in_layers.2.weight", "down_blocks.0.resnets.0.conv1.weight"],
  ["input_blocks.3.0.op.weight", "down_blocks.0.downsamplers.0.conv.weight"],
  ["input_blocks.4.0.skip_connection.bias", "down_blocks.1.resnets.0.conv_shortcut.bias"],
  [
    "input_blocks.8.1.transformer_blocks.0.attn2.to_out.0.weight",
    "down_blocks.2.attentions.1.transformer_blocks.0.attn2.to_out.0.weight",
  ],
  ["input_blocks.11.0.out_layers.3.weight", "down_blocks.3.resnets.1.conv2.weight"],
  ["middle_block.1.proj_in.weight", "mid_block.attentions.0.proj_in.weight"],
  ["middle_block.2.emb_layers.1.weight", "mid_block.resnets.1.time_emb_proj.weight"],
  ["output_blocks.2.1.conv.weight", "up_blocks.0.upsamplers.0.conv.weight"],
  ["output_blocks.5.2.conv.bias", "up_blocks.1.upsamplers.0.conv.bias"],
  ["output_blocks.8.1.norm.weight", "up_blocks.2.attentions.2.norm.weight"],
  ["output_blocks.11.0.out_layers.0.weight", "up_blocks.3.resnets.2.norm2.weight"],
  ["out.2.weight", "conv_out.weight"],
] as const;

describe.each([
  ["1.x", SD1, 686],
  ["2.x", SD2, 686],
] as const)("Stable Diffusion %s", (_, { unet, vae, text }, unetTensors) => {
  it("has every UNet name in both layouts", () => {
    const shapes = unetShapes(unet);
    expect(shapes.size).toBe(unetTensors);
    const layout = { resnets: [2, 2, 2, 2], attends: [true, true, true, false] };
    const { toOriginal, toDiffusers } = moduleMap(unetModules(layout));
    const original = renamedAll(shapes.keys(), toOriginal);
    expect(new Set(original).size).toBe(shapes.size);
    expect(renamedAll(original, toDiffusers)).toEqual([...shapes.keys()]);
    for (const [theirs, ours] of UNET_PAIRS) {
      expect(toDiffusers(theirs)).toBe(ours);
      expect(original).toContain(theirs);
    }
    expect(unetLayout(original)).toEqual(layout);
  });

  it("finds the UNet's configuration from the shapes", () => {
    const layout = { resnets: [2, 2, 2, 2], attends: [true, true, true, false] };
    const { config, isVersion2 } = inferUNetConfig(imagined(unetShapes(unet)), layout);
    expect(isVersion2).toBe("use_linear_projection" in unet);
    const { sample_size: _size, ...rest } = unet;
    expect(config).toMatchObject({ ...rest, layers_per_block: [2, 2, 2, 2] });
    expect(unetShapes(config)).toEqual(unetShapes(unet));
  });

  it("has every VAE name in both layouts, and finds its configuration", () => {
    const shapes = vaeShapes(vae);
    expect(shapes.size).toBe(248);
    const { toOriginal, toDiffusers } = moduleMap(vaeModules({ levels: 4, resnets: 2 }));
    const original = renamedAll(shapes.keys(), toOriginal);
    expect(new Set(original).size).toBe(shapes.size);
    expect(renamedAll(original, toDiffusers)).toEqual([...shapes.keys()]);
    expect(toDiffusers("decoder.up.3.block.0.conv1.weight")).toBe(
      "decoder.up_blocks.0.resnets.0.conv1.weight",
    );
    expect(toDiffusers("decoder.up.1.upsample.conv.bias")).toBe("decoder.up_blocks.2.upsamplers.0.conv.bias");
    expect(toDiffusers("encoder.mid.attn_1.proj_out.weight")).toBe(
      "encoder.mid_block.attentions.0.to_out.0.weight",
    );
    expect(toOriginal("encoder.mid_block.attentions.0.to_q.weight")).toBe("encoder.mid.attn_1.q.weight");
    const layout = vaeLayout(original);
    expect(layout).toEqual({ levels: 4, resnets: 2 });
    expect(inferVaeConfig(imagined(shapes), layout)).toMatchObject({ ...vae, scaling_factor: 0.18215 });
  });

  it("finds the text encoder's configuration", () => {
    expect(inferTextConfig(imagined(textShapes(text)), text.hidden_act === "gelu")).toEqual(text);
  });
});

describe("OpenCLIP's text tower", () => {
  const shapes = textShapes(SD2.text);
  const tower = toOpenClipShapes(shapes, SD2.text.num_hidden_layers);
  const last = "transformer.resblocks.23.";
  const whole = new Map([
    ...tower,
    ...[...tower]
      .filter(([name]) => name.startsWith("transformer.resblocks.0."))
      .map(([name, shape]): [string, Shape] => [name.replace("transformer.resblocks.0.", last), shape]),
    ["text_projection", [1024, 1024]] as [string, Shape],
    ["logit_scale", []] as [string, Shape],
  ]);

  it("has the names of the released file", () => {
    // 24 blocks of 12 tensors, the embeddings, the last norm, the projection and the scale.
    expect(whole.size).toBe(24 * 12 + 2 + 2 + 2);
    expect(whole.get("transformer.resblocks.5.attn.in_proj_weight")).toEqual([3072, 1024]);
    expect(whole.get("positional_embedding")).toEqual([77, 1024]);
  });

  it("gives the names and shapes of transformers' encoder, without the last block", () => {
    const weights = fromOpenClip(imagined(whole));
    const found = new Map([...weights].map(([name, { shape }]) => [name, shape]));
    expect([...found].sort()).toEqual([...shapes].sort());
  });

  it("keeps all of the 23 blocks that some converters write, with or without what is behind them", () => {
    for (const names of [[...tower], [...tower, ["text_projection", [1024, 1024]] as [string, Shape]]]) {
      const weights = fromOpenClip(imagined(new Map(names)));
      expect([...weights.keys()].sort()).toEqual([...shapes.keys()].sort());
    }
  });

  it("cuts the joint projection in place: query, key, value one after the other", () => {
    const all = imagined(whole);
    const weights = fromOpenClip(all);
    const joint = all.get("transformer.resblocks.7.attn.in_proj_weight")!.location as { offset: number };
    const bytes = 1024 * 1024 * 2;
    for (const [i, part] of ["q", "k", "v"].entries()) {
      const { location, shape } = weights.get(`text_model.encoder.layers.7.self_attn.${part}_proj.weight`)!;
      expect(location).toEqual({ file: "f", offset: joint.offset + i * bytes, length: bytes });
      expect(shape).toEqual([1024, 1024]);
    }
  });
});
