/** A TAESD against what diffusers computes of the same weights (test/fixtures/models/taetown). */
import { afterAll, describe, expect, it } from "vitest";
import { componentAt, fixture } from "../../../test/support/fixtures.ts";
import { readSafetensors } from "../../files/index.ts";
import { compile } from "../../graph/index.ts";
import { createEngine } from "../../runtime/index.node.ts";
import { vaeConfig, vaeGraphs } from "./index.ts";

const engine = createEngine({ threads: 2 });
afterAll(() => engine.close());

const component = await componentAt(fixture("models/taetown"));
const { tensors } = await readSafetensors(fixture("models/taetown/expected.safetensors"));

it("encodes and decodes as diffusers does", async () => {
  const { encoder, decoder } = vaeGraphs(component);
  const encode = await engine.open(compile(encoder, engine.lowering));
  const { mean, logVariance } = await encode.run({ images: tensors.get("images")! });
  expect(mean).toBeAllclose(tensors.get("encoded")!, { absolute: 1e-5 });
  expect(logVariance.shape).toEqual(mean.shape);
  expect(logVariance.data.every((value) => value === Number.NEGATIVE_INFINITY)).toBe(true);
  const decode = await engine.open(compile(decoder, engine.lowering));
  const { images } = await decode.run({ latents: tensors.get("latents")! });
  expect(images).toBeAllclose(tensors.get("decoded")!, { absolute: 1e-5 });
});

describe("its configuration", () => {
  const read = (changes: object) => vaeConfig({ ...component, config: { ...component.config, ...changes } });

  it("may leave out what the released TAESD has", () => {
    const { _class_name, latent_magnitude, latent_shift } = component.config;
    const bare = { config: { _class_name, latent_magnitude, latent_shift }, label: "taesd" };
    expect(vaeConfig({ ...bare, weights: new Map() })).toEqual({
      ...{ kind: "AutoencoderTiny", imageChannels: 3, latentChannels: 4, scalingFactor: 1, downscale: 8 },
      encoder: { width: 64, blocks: [1, 3, 3, 3] },
      decoder: { width: 64, blocks: [3, 3, 3, 1] },
    });
  });

  it.each([
    [{ act_fn: "silu" }, '"act_fn" is "silu"'],
    [{ upsample_fn: "bilinear" }, '"upsample_fn" is "bilinear"'],
    [{ upsampling_scaling_factor: 3 }, '"upsampling_scaling_factor" is 3'],
    [{ out_channels: 4 }, '"out_channels" is 4'],
    [{ encoder_block_out_channels: [12, 12, 12, 16] }, "a list of one width throughout"],
    [{ num_decoder_blocks: [1, 1, 1] }, '"num_decoder_blocks" is [1,1,1], but must be a list of 4 numbers'],
    [{ num_decoder_blocks: [1, 1], decoder_block_out_channels: [16, 16] }, "as the encoder has levels"],
    [{ _class_name: "AsymmetricAutoencoderKL" }, '"_class_name" is "AsymmetricAutoencoderKL"'],
  ])("is refused where it asks for what is not computed: %o", (changes, message) => {
    expect(() => read(changes)).toThrow(message);
  });

  it("tells which weights do not go with it", () => {
    const config = { ...component.config, num_encoder_blocks: [1, 1, 1, 1], latent_channels: 4 };
    const build = () => vaeGraphs({ ...component, config });
    expect(build).toThrow(/unexpected +encoder\.layers\.\d+\.conv\.\d\.weight/);
    expect(build).toThrow(/wrong shape +decoder\.layers\.0\.weight +\[16, 4, 3, 3\] +\[16, 8, 3, 3\]/);
  });
});
