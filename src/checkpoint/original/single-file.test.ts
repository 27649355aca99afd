/** Whole checkpoints in one file, made of the small model's folder: the same tensors, found without a config. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fixture } from "../../../test/support/fixtures.ts";
import { type Tensors, writeOriginal } from "../../../test/support/original-file.ts";
import { writeSafetensors } from "../../files/index.node.ts";
import { openCheckpointFolder } from "../folder.node.ts";
import { bytesOfWeight } from "../read-weight.ts";
import type { Checkpoint, NamedWeights } from "../types.ts";
import { openVae } from "../vae-source.node.ts";
import { openSingleFile } from "./single-file.node.ts";

let folder: string;
let model: Checkpoint;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fatezero-single-"));
  model = await openCheckpointFolder(fixture("models/micro-sd"));
});
afterAll(() => rm(folder, { recursive: true }));

const half = (shape: number[], value = 0) => ({
  dtype: "float16" as const,
  shape,
  data: new Uint16Array(shape.reduce((a, b) => a * b, 1)).fill(value),
});

async function written(
  name: string,
  change?: (tensors: Tensors) => void,
  metadata?: Record<string, string>,
): Promise<string> {
  const file = join(folder, name);
  await writeOriginal(file, model, change, metadata);
  return file;
}

async function expectSame(actual: NamedWeights, expected: NamedWeights): Promise<void> {
  expect([...actual.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [name, info] of expected) {
    const other = actual.get(name)!;
    expect([name, other.dtype, ...other.shape]).toEqual([name, info.dtype, ...info.shape]);
    expect(Buffer.compare(await bytesOfWeight(other), await bytesOfWeight(info)), name).toBe(0);
  }
}

describe("a checkpoint in one file", () => {
  it("has the tensors of its folder, byte for byte, in place", async () => {
    const file = await written("whole.safetensors");
    const single = await openSingleFile(file);
    for (const part of ["unet", "vae", "textEncoder"] as const) {
      await expectSame(single[part].weights, model[part].weights);
      for (const { location } of single[part].weights.values()) expect(location).toMatchObject({ file });
    }
    expect(single.unet.config).toMatchObject({
      block_out_channels: [8, 16, 24, 24],
      cross_attention_dim: 16,
      use_linear_projection: false,
    });
    expect(single.scheduler).toMatchObject({ prediction_type: "epsilon", beta_schedule: "scaled_linear" });
    expect(single.notes).toBeUndefined();
  });

  it("brings CLIP's own vocabulary", async () => {
    const { tokenizer } = await openSingleFile(await written("words.safetensors"));
    expect(Object.keys(JSON.parse(tokenizer.vocab))).toHaveLength(49408);
  });

  it("leaves the bookkeeping of a training out", async () => {
    const file = await written("training.safetensors", (tensors) => {
      tensors.alphas_cumprod = half([1000]);
      tensors["model_ema.decay"] = half([1]);
      tensors["model_ema.num_updates"] = half([1]);
      tensors["first_stage_model.loss.logvar"] = half([1]);
      tensors["cond_stage_model.transformer.text_model.embeddings.position_ids"] = half([1, 77]);
    });
    const single = await openSingleFile(file);
    for (const part of ["unet", "vae", "textEncoder"] as const)
      await expectSame(single[part].weights, model[part].weights);
  });

  it("takes the running averages of a training where it is asked to, and tells that they are there", async () => {
    const average = (tensors: Tensors, skip?: string): void => {
      for (const [name, { shape }] of Object.entries(tensors)) {
        const inner = name.replace(/^model\.diffusion_model\./, "");
        if (inner === name || inner === skip) continue;
        // 0x3c00 is 1.0 as a half float.
        tensors[`model_ema.diffusion_model${inner.replaceAll(".", "")}`] = half([...shape], 0x3c00);
      }
    };
    const first = async (checkpoint: Checkpoint): Promise<number> =>
      new Uint16Array((await bytesOfWeight(checkpoint.unet.weights.get("conv_in.bias")!)).buffer)[0]!;
    const complete = await written("ema.safetensors", average);
    const plain = await openSingleFile(complete);
    expect(await first(plain)).toBe(await first(model));
    expect(plain.notes).toMatchObject([{ code: "averages-unused" }]);
    const averaged = await openSingleFile(complete, complete, { ema: true });
    expect(await first(averaged)).toBe(0x3c00);
    expect(averaged.notes).toBeUndefined();
    const partial = await written("part.safetensors", (tensors) => average(tensors, "out.2.bias"));
    expect((await openSingleFile(partial)).notes).toBeUndefined();
    await expect(openSingleFile(partial, partial, { ema: true })).rejects.toThrow(
      "does not hold the averages of its training",
    );
  });

  it("reads the names that other programs leave in it", async () => {
    const file = await written("other-names.safetensors", (tensors) => {
      tensors["cond_stage_model.transformer.text_projection.weight"] = half([16, 16]);
      for (const half of ["encoder", "decoder"]) {
        const at = `first_stage_model.${half}.mid.attn_1`;
        for (const [old, now] of [
          ["q", "to_q"],
          ["k", "to_k"],
          ["v", "to_v"],
          ["proj_out", "to_out.0"],
        ] as const) {
          for (const part of ["weight", "bias"]) {
            tensors[`${at}.${now}.${part}`] = tensors[`${at}.${old}.${part}`]!;
            delete tensors[`${at}.${old}.${part}`];
          }
        }
      }
      for (const name of Object.keys(tensors)) {
        const short = name.replace(
          "cond_stage_model.transformer.text_model.",
          "cond_stage_model.transformer.",
        );
        if (short === name) continue;
        tensors[short] = tensors[name]!;
        delete tensors[name];
      }
    });
    const single = await openSingleFile(file);
    for (const part of ["vae", "textEncoder"] as const)
      await expectSame(single[part].weights, model[part].weights);
  });

  it("may lack its VAE where another is given", async () => {
    const file = await written("no-vae.safetensors", (tensors) => {
      for (const name of Object.keys(tensors))
        if (name.startsWith("first_stage_model.")) delete tensors[name];
    });
    await expect(openSingleFile(file)).rejects.toThrow(/no-vae\.safetensors has no VAE\. Add one by vae/);
    const vae = await openVae(fixture("models/micro-sd/vae"));
    await expectSame((await openSingleFile(file, file, { vae })).vae.weights, model.vae.weights);
  });

  it("must have its text encoder", async () => {
    const file = await written("no-text.safetensors", (tensors) => {
      for (const name of Object.keys(tensors)) if (name.startsWith("cond_stage_model.")) delete tensors[name];
    });
    await expect(openSingleFile(file)).rejects.toThrow("has no text encoder");
  });

  it("finds a VAE in a whole checkpoint, in its own file, and in a model's folder", async () => {
    const whole = await written("vae-inside.safetensors");
    const own = await written("vae-alone.safetensors", (tensors) => {
      for (const name of Object.keys(tensors)) {
        const inner = name.replace(/^first_stage_model\./, "");
        if (inner !== name) tensors[inner] = tensors[name]!;
        delete tensors[name];
      }
    });
    for (const path of [whole, own, fixture("models/micro-sd")])
      await expectSame((await openVae(path)).weights, model.vae.weights);
    await expect(openVae(join(folder, "nothing"))).rejects.toThrow("There is no VAE");
    const empty = join(folder, "no-vae-at-all.safetensors");
    await writeSafetensors(empty, { a: half([1]) });
    await expect(openVae(empty)).rejects.toThrow("holds no VAE: none of its 1 tensors");
  });
});

describe("what a UNet of one file predicts", () => {
  /** Version 2 is told by its linear projections. */
  const asVersion2 = (tensors: Tensors): void => {
    for (const [name, tensor] of Object.entries(tensors)) {
      if (/\.1\.proj_(in|out)\.weight$/.test(name))
        tensors[name] = { ...tensor, shape: tensor.shape.slice(0, 2) };
    }
  };
  const prediction = async (file: string, options = {}) => {
    const { scheduler, unet, notes } = await openSingleFile(file, file, options);
    return [scheduler.prediction_type, unet.config.sample_size, notes?.[0]?.code];
  };

  it("is ε for version 1, and v for version 2 unless something else is said, with a note", async () => {
    const one = await written("v1.safetensors");
    const two = await written("v2.safetensors", asVersion2);
    expect(await prediction(one)).toEqual(["epsilon", 64, undefined]);
    expect(await prediction(two)).toEqual(["v_prediction", 96, "prediction-guessed"]);
    expect(await prediction(two, { prediction: "epsilon" })).toEqual(["epsilon", 64, undefined]);
    expect(await prediction(one, { prediction: "v_prediction" })).toEqual(["v_prediction", 64, undefined]);
  });

  it.each([
    [0.02, "epsilon", 64],
    [0.3, "v_prediction", 96],
  ])("is guessed by how widely a bias of the released size spreads: %d", async (spread, kind, size) => {
    const file = await written(`spread-${spread}.safetensors`, (tensors) => {
      asVersion2(tensors);
      const data = Float32Array.from({ length: 320 }, (_, i) => (i % 2 === 0 ? spread : -spread));
      const name = "model.diffusion_model.output_blocks.11.1.transformer_blocks.0.norm1.bias";
      tensors[name] = { dtype: "float32", shape: [320], data };
    });
    expect(await prediction(file)).toEqual([kind, size, "prediction-guessed"]);
  });

  it("stands in the file's metadata or in the config beside it", async () => {
    const said = await written("said.safetensors", asVersion2, { "modelspec.prediction_type": "epsilon" });
    expect(await prediction(said)).toEqual(["epsilon", 64, undefined]);
    const beside = await written("beside.safetensors", asVersion2);
    await writeFile(join(folder, "beside.yaml"), 'model:\n  params:\n    parameterization: "v"\n');
    expect(await prediction(beside)).toEqual(["v_prediction", 96, undefined]);
    const other = await written("other.safetensors", asVersion2);
    await writeFile(join(folder, "other.yaml"), "a: [b");
    expect(await prediction(other)).toEqual(["v_prediction", 96, "prediction-guessed"]);
  });
});

describe("checkpoints of other families, though their UNets have the same names", () => {
  it.each([
    ["conditioner.embedders.1.model.ln_final.weight", "is a Stable Diffusion XL checkpoint. Use"],
    ["model.diffusion_model.label_emb.0.0.weight", "is a checkpoint that takes labels beside the prompt"],
    ["control_model.input_blocks.0.0.weight", "is a ControlNet. Use"],
  ])("are told by %s", async (name, message) => {
    const file = await written("family.safetensors", (tensors) => {
      tensors[name] = half([1]);
    });
    await expect(openSingleFile(file)).rejects.toThrow(message);
  });
});

describe("other files", () => {
  it.each([
    [
      "lora_unet_mid_block_attentions_0_proj_in.lora_down.weight",
      "is a LoRA, not a whole checkpoint. Give it by lora",
    ],
    ["unet.mid_block.attentions.0.proj_in.lora_A.weight", "is a LoRA"],
    ["emb_params", "is a textual-inversion embedding, not a whole checkpoint. Give it by embeddings"],
    ["model.diffusion_model.joint_blocks.0.x_block.attn.qkv.weight", "is a Stable Diffusion 3 checkpoint"],
    ["double_blocks.0.img_attn.qkv.weight", "is a FLUX checkpoint"],
    ["control_model.input_blocks.0.0.weight", "is a ControlNet"],
    ["encoder.down.0.block.0.conv1.weight", "is a VAE by itself, not a whole checkpoint. Give it by vae"],
    ["down_blocks.0.resnets.0.conv1.weight", "is a UNet by itself"],
    ["text_model.encoder.layers.0.mlp.fc1.weight", "is a text encoder by itself"],
    ["something", 'is no Stable Diffusion checkpoint: it holds 1 tensors, such as "something"'],
  ])("are told by their names: %s", async (name, message) => {
    const file = join(folder, "foreign.safetensors");
    await writeSafetensors(file, { [name]: half([1]) });
    await expect(openSingleFile(file)).rejects.toThrow(message);
  });
});
