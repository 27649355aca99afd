/** The networks against tensors that the released code computed on small models (fp32, CPU). */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { devicesHere } from "../../test/support/devices.ts";
import { componentAt, fixture, inRepository, swapFramesAndChannels } from "../../test/support/fixtures.ts";
import { frameIndices, plainUNet } from "../attention/index.ts";
import { readSafetensors } from "../files/index.ts";
import type { FrameList } from "../frame-list.ts";
import { compile } from "../graph/index.ts";
import { createEngine } from "../runtime/index.node.ts";
import { concat0, type FloatTensor, floatTensor, intTensor, randomSource, slice0 } from "../tensor/index.ts";
import { clipTextGraph, vaeGraphs } from "./index.ts";

let units: Map<string, FloatTensor>;
beforeAll(async () => {
  units = (await readSafetensors(fixture("units/units.safetensors"))).tensors;
});
const unit = (name: string): FloatTensor => units.get(name)!;
const models = (path: string): string => fixture(`models/${path}`);

interface Variant {
  readonly name: string;
  readonly model: string;
  readonly frames: FrameList;
  readonly leastChannels?: number;
  readonly image?: boolean;
}

/**
 * These inputs are noise, on which the random models amplify the last digits of float32 a thousandfold: two orders of
 * summation differ by up to 4e-4. The mark of 2e-4 belongs to recorded runs (see `npm run fidelity`).
 */
const NOISE_MARK = 5e-4;
/** The same of another device's digits, of which more are its own: root mean squares, as a share of what is predicted. */
const NOISE_SHARE = 1e-3;

/** Which model and frame list each case of the fixtures was computed with; a renderer in software computes the first. */
const VARIANTS: readonly Variant[] = [
  { name: "plain2d", model: "micro-sd", frames: [], image: true },
  { name: "sd2d_zero_bias", model: "micro-sd", frames: [0, "mid"] },
  { name: "tuned_default", model: "micro-sd-tuned", frames: [-1, "first"] },
  { name: "tuned_all_f5", model: "micro-sd-tuned", frames: [-1, 0, 1, "first", "mid", "last"] },
  { name: "tuned_f1", model: "micro-sd-tuned", frames: ["mid"] },
  { name: "tuned_mid_least_level2", model: "micro-sd-tuned", frames: ["mid"], leastChannels: 24 },
  { name: "tuned_rect", model: "micro-sd-tuned", frames: [-1, "first"] },
  { name: "tuned_4d", model: "micro-sd-tuned", frames: [], image: true },
  { name: "conv1d_self_mid", model: "micro-sd-conv1d", frames: [0, "mid"] },
];

/** By how much a prediction misses another, as a share of it: root mean squares. */
function missOf({ data }: FloatTensor, { data: expected }: FloatTensor): number {
  const power = (values: Float32Array): number => values.reduce((sum, value) => sum + value ** 2, 0);
  return Math.sqrt(power(data.map((value, i) => value - expected[i]!)) / power(expected));
}

describe.each(await devicesHere())("on %s", { timeout: 300_000 }, (device) => {
  const engine = createEngine({ device, threads: 2 });
  afterAll(() => engine.close());

  async function predict(
    variant: Variant,
    x: FloatTensor,
    t: number,
    text: FloatTensor,
  ): Promise<FloatTensor> {
    const component = await componentAt(models(`${variant.model}/unet`));
    const graph = plainUNet(component, {
      attend: { frames: variant.frames, leastChannels: variant.leastChannels ?? 0 },
      groupNorm: "clip",
      temporal: !variant.image,
      textLength: 77,
      wordMapSites: [],
    });
    const session = await engine.open(compile(graph, engine.lowering));
    // Images are clips of one frame; the released code repeats each prompt for its share of the images.
    const branches = variant.image ? x.shape[0]! : text.shape[0]!;
    const repeats = branches / text.shape[0]!;
    const rows = Array.from({ length: branches }, (_, i) =>
      slice0(text, Math.floor(i / repeats), Math.floor(i / repeats) + 1),
    );
    const latents = variant.image
      ? floatTensor([branches, 1, ...x.shape.slice(1)], x.data)
      : swapFramesAndChannels(x);
    const feeds = {
      latents,
      timestep: floatTensor([branches], new Float32Array(branches).fill(t)),
      text: concat0(rows),
      ...(graph.inputs.attendTo ? { attendTo: frameIndices(variant.frames, latents.shape[1]!) } : {}),
    };
    const out = (await session.run(feeds)).prediction;
    await session.dispose();
    return variant.image ? floatTensor(x.shape, out.data) : swapFramesAndChannels(out);
  }

  describe("UNet", () => {
    it.each(device === "cpu" ? VARIANTS : VARIANTS.slice(0, 1))(
      "predicts what the released code predicts: $name",
      async (variant) => {
        const at = (name: string) => unit(`unet/${variant.name}/${name}`);
        const eps = await predict(variant, at("x"), at("t").data[0]!, at("ctx"));
        if (device === "cpu") expect(eps).toBeAllclose(at("eps"), { absolute: NOISE_MARK });
        else expect(missOf(eps, at("eps"))).toBeLessThan(NOISE_SHARE);
      },
    );

    // A model that was trained amplifies nothing.
    it.runIf(device !== "cpu")("predicts with tinytown what the processor predicts", async () => {
      const component = await componentAt(inRepository("models/tinytown/unet"));
      const graph = plainUNet(component, {
        ...{ attend: { frames: [0, "mid"] }, groupNorm: "frame", temporal: true },
        ...{ textLength: 77, wordMapSites: [] },
      });
      const random = randomSource(1, "latents");
      const feeds = {
        latents: random.normal([1, 2, 8, 8, 8]),
        timestep: floatTensor([1], Float32Array.of(501)),
        text: random.normal([1, 77, 128]),
        attendTo: frameIndices([0, "mid"], 2),
      };
      await using processor = createEngine({ device: "cpu", threads: 2 });
      const predictions: FloatTensor[] = [];
      for (const one of [engine, processor]) {
        const session = await one.open(compile(graph, one.lowering));
        predictions.push((await session.run(feeds)).prediction);
        await session.dispose();
      }
      expect(predictions[0]).toBeAllclose(predictions[1]!, { absolute: NOISE_MARK });
    });

    it("tells which weights are missing, unexpected or misshapen, in one table", async () => {
      const component = await componentAt(models("micro-sd/unet"));
      const weights = new Map(component.weights);
      weights.set("conv_in.extra", weights.get("conv_in.bias")!);
      weights.delete("conv_out.bias");
      const config = { ...component.config, cross_attention_dim: 32 };
      const options = {
        attend: { frames: [] },
        groupNorm: "frame",
        temporal: true,
        textLength: 77,
        wordMapSites: [],
      } as const;
      const build = () => plainUNet({ ...component, weights, config }, options);
      expect(build).toThrow(/missing +conv_out\.bias +\[4\] +–/);
      expect(build).toThrow(/unexpected +conv_in\.extra +– +\[8\]/);
      expect(build).toThrow(/wrong shape +down_blocks\.0\..*attn2\.to_k\.weight +\[8, 32\] +\[8, 16\]/);
    });
  });

  describe("VAE", () => {
    it.each(device === "cpu" ? ["", "rect_"] : [""])(
      "encodes and decodes like the released code: %s",
      async (prefix) => {
        const { encoder, decoder } = vaeGraphs(await componentAt(models("micro-sd/vae")));
        const encode = await engine.open(compile(encoder, engine.lowering));
        const { mean } = await encode.run({ images: unit(`vae/${prefix}images`) });
        expect(mean).toBeAllclose(unit(`vae/${prefix}mean`), { absolute: 5e-4 });
        const decode = await engine.open(compile(decoder, engine.lowering));
        const { images } = await decode.run({ latents: unit(`vae/${prefix}mean`) });
        expect(images).toBeAllclose(unit(`vae/${prefix}decoded`), { absolute: 1e-3 });
      },
    );
  });

  describe("CLIP text encoder", () => {
    it("gives the reference's states", async () => {
      const component = await componentAt(models("micro-sd/text_encoder"), "model");
      const weights = new Map([...component.weights].filter(([name]) => !name.endsWith("position_ids")));
      const session = await engine.open(compile(clipTextGraph({ ...component, weights }), engine.lowering));
      const ids = unit("text/ids");
      const { states } = await session.run({ ids: intTensor(ids.shape, Array.from(ids.data)) });
      expect(states).toBeAllclose(unit("text/out"), { absolute: 5e-5 });
    });
  });

  describe("tinytown", () => {
    it.runIf(device === "cpu")("computes what PyTorch computes from its files", async () => {
      const { tensors } = await readSafetensors(fixture("tinytown.safetensors"));
      const expected = (name: string): FloatTensor => tensors.get(name)!;
      const text = await engine.open(
        compile(
          clipTextGraph(await componentAt(inRepository("models/tinytown/text_encoder"), "model")),
          engine.lowering,
        ),
      );
      const ids = expected("ids");
      const { states } = await text.run({ ids: intTensor(ids.shape, Array.from(ids.data)) });
      expect(states).toBeAllclose(expected("text"), { absolute: 5e-5 });

      const { decoder } = vaeGraphs(await componentAt(inRepository("models/tinytown/vae")));
      const decode = await engine.open(compile(decoder, engine.lowering));
      const latents = expected("latents");
      const unscaled = floatTensor(
        latents.shape,
        latents.data.map((value) => value / 0.18215),
      );
      const { images } = await decode.run({ latents: unscaled });
      expect(images).toBeAllclose(expected("decoded"), { absolute: 1e-3 });

      const graph = plainUNet(await componentAt(inRepository("models/tinytown/unet")), {
        attend: { frames: [] },
        groupNorm: "frame",
        temporal: true,
        textLength: 77,
        wordMapSites: [],
      });
      const session = await engine.open(compile(graph, engine.lowering));
      const [count, ...rest] = latents.shape;
      const first = slice0(expected("text"), 0, 1);
      const repeated = floatTensor([count!, 77, 128], new Float32Array(count! * 77 * 128));
      for (let i = 0; i < count!; i++) repeated.data.set(first.data, i * first.data.length);
      const { prediction } = await session.run({
        latents: floatTensor([count!, 1, ...rest], latents.data),
        timestep: expected("t"),
        text: repeated,
      });
      expect(floatTensor(latents.shape, prediction.data)).toBeAllclose(expected("eps"), { absolute: 2e-4 });
    });
  });
});
