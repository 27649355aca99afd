import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkpointOfShapes, renamed, wavyWeight, weightOf } from "../../../test/support/adapters.ts";
import { fixture } from "../../../test/support/fixtures.ts";
import { SD1, SD2 } from "../../../test/support/true-shapes.ts";
import { writeSafetensors } from "../../files/index.node.ts";
import { floatTensor } from "../../tensor/index.ts";
import { adapterWeights } from "../adapters.ts";
import type { Checkpoint, NamedWeights, WeightInfo } from "../types.ts";
import { LoraMismatchError } from "./mismatch.ts";
import { openLora } from "./open.node.ts";
import { withLora } from "./with-lora.ts";

const sd1 = checkpointOfShapes(SD1);
const sd2 = checkpointOfShapes(SD2);
const QUERY = "mid_block.attentions.0.transformer_blocks.0.attn1.to_q";
const KEY = "mid_block.attentions.0.transformer_blocks.0.attn2.to_k";

/** A LoRA of rank 4 for one layer, peft's names. */
function change(path: string, out: number, input: number, seed = 0): [string, WeightInfo][] {
  return [
    [`unet.${path}.lora_A.weight`, wavyWeight([4, input], seed)],
    [`unet.${path}.lora_B.weight`, wavyWeight([out, 4], seed + 1)],
  ];
}

async function refusal(weights: NamedWeights, model: Checkpoint = sd1): Promise<Error> {
  return withLora(model, [{ weights, label: "style.safetensors", scale: 1 }]).then(
    () => {
      throw new Error("It was taken.");
    },
    (error: Error) => error,
  );
}

describe("terms", () => {
  it("have the user's scale times alpha / rank; alpha is the rank where the file has none", async () => {
    const weights = new Map([
      ...change(QUERY, 1280, 1280),
      ...change(KEY, 1280, 768),
      [`unet.${KEY}.alpha`, weightOf([1], [1])] as const,
    ]);
    const { unet } = await withLora(sd1, [{ weights, label: "a", scale: -0.5 }]);
    expect(unet.lora!.get(QUERY)![0]!.scale).toBe(-0.5);
    expect(unet.lora!.get(KEY)![0]!.scale).toBe(-0.125);
  });

  it("of several files stand beside each other, of scale 0 nowhere", async () => {
    const weights = new Map(change(QUERY, 1280, 1280));
    const file = (label: string, scale: number) => ({ weights, label, scale });
    const once = await withLora(sd1, [file("a", 1), file("b", 0), file("c", 2)]);
    const twice = await withLora(once, [file("d", 3)]);
    expect(twice.unet.lora!.get(QUERY)!.map(({ label, scale }) => [label, scale])).toEqual([
      ["a", 1],
      ["c", 2],
      ["d", 3],
    ]);
    expect((await withLora(sd1, [file("b", 0)])).unet).toBe(sd1.unet);
    expect([...adapterWeights(once).keys()]).toEqual([
      `unet ${QUERY} 0 × 1 down`,
      `unet ${QUERY} 0 × 1 up`,
      `unet ${QUERY} 1 × 2 down`,
      `unet ${QUERY} 1 × 2 up`,
    ]);
    expect(adapterWeights(sd1).size).toBe(0);
  });

  it("take alpha from peft's configuration, in the metadata or beside the file", async () => {
    const folder = await mkdtemp(join(tmpdir(), "fatezero-lora-"));
    try {
      const tensor = (count: number) => floatTensor([count / 4, 4], new Float32Array(count));
      const A = floatTensor([4, 1280], new Float32Array(5120));
      const B = tensor(5120);
      const write = (name: string, prefix: string, metadata: Record<string, string> = {}) =>
        writeSafetensors(
          join(folder, name),
          { [`${prefix}${QUERY}.lora_A.weight`]: A, [`${prefix}${QUERY}.lora_B.weight`]: B },
          metadata,
        );
      const scaleOf = async (name: string): Promise<number> => {
        const { unet } = await withLora(sd1, [await openLora(join(folder, name), 0.5)]);
        return unet.lora!.get(QUERY)![0]!.scale;
      };
      await write("plain.safetensors", "unet.");
      expect(await scaleOf("plain.safetensors")).toBe(0.5);

      const config = { "unet.lora_alpha": 8, "unet.r": 4, "text_encoder.lora_alpha": 64 };
      await write("new.safetensors", "unet.", { lora_adapter_metadata: JSON.stringify(config) });
      expect(await scaleOf("new.safetensors")).toBe(1);

      await mkdir(join(folder, "adapter"));
      await write("adapter/adapter_model.safetensors", "base_model.model.");
      const beside = {
        lora_alpha: 16,
        r: 4,
        use_rslora: true,
        alpha_pattern: { "attn2.to_q": 1, "^mid_block\\.attentions.0.transformer_blocks.0.attn1.to_q$": 32 },
      };
      await writeFile(join(folder, "adapter/adapter_config.json"), JSON.stringify(beside));
      expect(await scaleOf("adapter/adapter_model.safetensors")).toBe(8);
      await writeFile(join(folder, "adapter/adapter_config.json"), "[");
      await expect(scaleOf("adapter/adapter_model.safetensors")).rejects.toThrow(
        "adapter_config.json is not a JSON object",
      );
      const patterns = { lora_alpha: 16, alpha_pattern: { "(a+)+": 1 } };
      await writeFile(join(folder, "adapter/adapter_config.json"), JSON.stringify(patterns));
      await expect(scaleOf("adapter/adapter_model.safetensors")).rejects.toThrow(
        'sets alpha by the pattern "(a+)+", which is not the plain name of a layer',
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe("a LoRA that does not fit", () => {
  it("is refused with a table of its wrong keys", async () => {
    const weights = new Map<string, WeightInfo>([
      ...change(QUERY, 1280, 1280),
      ...change("mid_block.attentions.7.proj_in", 320, 320),
      ["lora_unet_conv_in.lora_down.weight", wavyWeight([4, 4, 1, 1], 1)],
      ["lora_unet_conv_in.lora_up.weight", wavyWeight([320, 8, 1, 1], 1)],
      ["lora_unet_conv_out.lora_down.weight", wavyWeight([4, 320, 3, 3], 1)],
      ["lora_unet_conv_out.alpha", weightOf([], [4])],
      [`unet.${QUERY}.lora.down.weight`, wavyWeight([4, 1280], 1)],
      [`unet.${QUERY}.alpha`, weightOf([2], [1, 2])],
      [`unet.${QUERY}.lora_B.bias`, wavyWeight([1280], 1)],
    ]);
    const error = await refusal(weights);
    expect(error).toBeInstanceOf(LoraMismatchError);
    expect(error).toMatchObject({ code: "lora-mismatch" });
    expect(error.message.split("\n")).toEqual([
      "The LoRA style.safetensors does not fit the model model.",
      expect.stringMatching(/^ {2}fault +key +model asks for +file has$/),
      expect.stringMatching(
        /^ {2}no such layer +unet\.mid_block\.attentions\.7\.proj_in\.lora_A\.weight +– +\[4, 320\]$/,
      ),
      expect.stringMatching(
        /^ {2}no such layer +unet\.mid_block\.attentions\.7\.proj_in\.lora_B\.weight +– +\[320, 4\]$/,
      ),
      expect.stringMatching(
        /^ {2}given twice +unet\..*to_q\.lora\.down\.weight +– +also as unet\..*to_q\.lora_A\.weight$/,
      ),
      expect.stringMatching(/^ {2}not understood +unet\..*lora_B\.bias +– +\[1280\]$/),
      expect.stringMatching(/^ {2}wrong value +unet\..*\.alpha +one number +\[2\]$/),
      expect.stringMatching(
        /^ {2}wrong shape +lora_unet_conv_in\.lora_down\.weight +\[4, 4, 3, 3\] +\[4, 4, 1, 1\]$/,
      ),
      expect.stringMatching(
        /^ {2}wrong shape +lora_unet_conv_in\.lora_up\.weight +\[320, 4\] +\[320, 8, 1, 1\]$/,
      ),
      expect.stringMatching(
        /^ {2}incomplete +lora_unet_conv_out\.lora_down\.weight +its up as well +\[4, 320, 3, 3\]$/,
      ),
      "Use a LoRA that was trained on this kind of model.",
    ]);
  });

  it("shows ten keys of a kind and counts the rest", async () => {
    const weights = new Map(Array.from({ length: 9 }, (_, i) => change(`none.${i}`, 8, 8)).flat());
    expect((await refusal(weights)).message).toContain("\n  … and 8 more\n");
  });

  it.each([
    [
      "Stable Diffusion 2.x: it reads text 1024 wide, this model's is 768 wide",
      sd1,
      new Map(change(KEY, 1280, 1024)),
    ],
    [
      "Stable Diffusion 1.x: it reads text 768 wide, this model's is 1024 wide",
      sd2,
      new Map(change(KEY, 1280, 768)),
    ],
    ["Stable Diffusion XL: it reads text 2048 wide", sd1, new Map(change(KEY, 1280, 2048))],
    [
      "Stable Diffusion XL, which has two text encoders",
      sd1,
      new Map([["lora_te2_text_model_encoder_layers_0_mlp_fc1.lora_down.weight", wavyWeight([4, 1280], 0)]]),
    ],
    [
      "a diffusion transformer",
      sd1,
      new Map([["transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight", wavyWeight([4, 64], 0)]]),
    ],
    [
      "Stable Diffusion 2.x",
      sd1,
      new Map([
        ["lora_te_text_model_encoder_layers_0_self_attn_q_proj.lora_down.weight", wavyWeight([4, 1024], 0)],
      ]),
    ],
  ] as const)("is said to be made for %s", async (madeFor, model, weights) => {
    expect((await refusal(weights, model)).message).toContain(`It seems to be made for ${madeFor}`);
  });

  const xl = (layer: string): Map<string, WeightInfo> =>
    new Map([...change(QUERY, 1280, 1280), ...change(layer, 640, 640)]);
  const down = (key: string): Map<string, WeightInfo> =>
    new Map([...change(QUERY, 1280, 1280), [key, wavyWeight([4, 64], 0)]]);
  it.each([
    ["Stable Diffusion XL", xl("down_blocks.2.attentions.0.transformer_blocks.9.attn1.to_q")],
    [
      "Stable Diffusion XL",
      down("lora_unet_input_blocks_4_1_transformer_blocks_1_attn1_to_q.lora_down.weight"),
    ],
    [
      "Stable Diffusion XL",
      down("lycoris_mid_block_attentions_0_transformer_blocks_3_attn1_to_q.lora_down.weight"),
    ],
    [
      "Stable Diffusion XL",
      down("text_encoders.clip_g.transformer.text_model.encoder.layers.0.mlp.fc1.lora_down.weight"),
    ],
    ["Stable Diffusion XL", down("text_encoder_2.text_model.encoder.layers.0.mlp.fc1.lora_A.weight")],
    [
      "a diffusion transformer (Stable Diffusion 3, FLUX",
      down("lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight"),
    ],
    [
      "a diffusion transformer (Stable Diffusion 3, FLUX",
      down("lycoris_transformer_blocks_1_attn_to_q.lora_down.weight"),
    ],
    [
      "a diffusion transformer (Stable Diffusion 3, FLUX",
      down("transformer.transformer_blocks.0.attn.to_q.lora_A.weight"),
    ],
    [
      "a diffusion transformer (Stable Diffusion 3, FLUX",
      down("diffusion_model.transformer_blocks.0.attn.to_q.lora_A.weight"),
    ],
    [
      "a diffusion transformer (Stable Diffusion 3, FLUX",
      down("joint_transformer_blocks.0.attn.to_q.lora_A.weight"),
    ],
    ["a diffusion transformer of video", down("diffusion_model.blocks.0.self_attn.q.lora_A.weight")],
    ["Stable Cascade", down("lora_prior_unet_down_blocks_0_1_mapper.lora_down.weight")],
  ] as const)("is refused as one of %s, however much of it would fit", async (madeFor, weights) => {
    expect((await refusal(weights)).message).toContain(`It seems to be made for ${madeFor}`);
  });

  it("is refused without a guess where its text fits", async () => {
    const weights = renamed(new Map(change(KEY, 1280, 768)), (name) => name.replace("mid_block", "none"));
    expect((await refusal(weights)).message).not.toContain("seems");
  });
});

describe("keys that belong to no layer", () => {
  const stray = "lora_te1_text_projection.lora_down.weight";
  const file = (...more: [string, WeightInfo][]) => ({
    weights: new Map([...change(QUERY, 1280, 1280), ...change(KEY, 1280, 768), ...more]),
    label: "style.safetensors",
    scale: 1,
  });

  it("are told where the others fit", async () => {
    const { unet, notes } = await withLora(sd1, [file([stray, wavyWeight([4, 768], 0)]), file()]);
    expect([...unet.lora!.keys()]).toEqual([QUERY, KEY]);
    expect(notes).toEqual([
      {
        code: "lora-keys",
        message: `1 key of the LoRA style.safetensors belongs to no layer of this model and changes nothing: "${stray}".`,
      },
    ]);
  });

  it("are refused where they are as many", async () => {
    const others = [1, 2, 3, 4].map((i): [string, WeightInfo] => [
      `unet.other.${i}.lora_A.weight`,
      wavyWeight([4, 8], i),
    ]);
    await expect(withLora(sd1, [file(...others)])).rejects.toMatchObject({ code: "lora-mismatch" });
    expect((await withLora(sd1, [file(...others.slice(1))])).notes).toHaveLength(1);
  });
});

describe("an adapter of another kind", () => {
  const layer = `lora_unet_${QUERY.replaceAll(".", "_")}`;
  it.each([
    ["LoHa", `${layer}.hada_w1_a`],
    ["LoKr", `${layer}.lokr_w1`],
    ["DoRA", `${layer}.dora_scale`],
    ["DoRA", `unet.${QUERY}.lora_magnitude_vector`],
    ["IA³", `${layer}.on_input`],
    ["OFT", `${layer}.oft_blocks`],
    ["GLoRA", `${layer}.a1.weight`],
    ["VeRA", `unet.${QUERY}.vera_lambda_b`],
    ["full weight differences", `${layer}.diff`],
    ["Custom Diffusion", `${KEY}_custom_diffusion.weight`],
    ["numbers its layers", "unet:0:up"],
    ["embeddings bundled in", "bundle_emb.cat.string_to_param.*"],
  ])("is refused as %s", async (kind, key) => {
    const weights = new Map([...change(QUERY, 1280, 1280), [key, wavyWeight([4], 0)] as const]);
    const error = await refusal(weights);
    expect(error).toMatchObject({ code: "lora-unsupported" });
    expect(error.message).toContain(kind);
    expect(error.message).toContain(`1 of its 3 keys are such as "${key}"`);
  });

  it("is refused where it is none at all", async () => {
    expect(await refusal(sd1.unet.weights)).toMatchObject({
      code: "lora-empty",
      message: expect.stringContaining('is no LoRA: none of its 686 keys is one (they are such as "'),
    });
    expect(await refusal(new Map())).toMatchObject({ code: "lora-empty" });
  });
});

it("leaves the weights where they are: the terms of a file refer to it", async () => {
  const configAt = async (folder: string): Promise<Record<string, unknown>> =>
    JSON.parse(await readFile(fixture(`checkpoints/sd1/${folder}/config.json`), "utf8"));
  const configs = { unet: await configAt("unet"), text: await configAt("text_encoder") };
  const file = await openLora(fixture("checkpoints/lora-kohya.safetensors"), 0.7);
  const { unet, textEncoder } = await withLora(checkpointOfShapes(configs), [file]);
  expect(unet.lora!.size).toBe(162);
  expect(textEncoder.lora!.size).toBe(6);
  for (const [term] of unet.lora!.values()) {
    expect(term!.scale).toBeCloseTo(0.35, 12);
    expect(term!.down.location).toMatchObject({ file: fixture("checkpoints/lora-kohya.safetensors") });
  }
});
