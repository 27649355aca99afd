import { type Component, readComponentConfig } from "../../checkpoint/index.ts";
import { type Graph, inNetwork, inputs, type Port, port, symbol, type Value } from "../../graph/index.ts";
import { type Params, readParams } from "../params.ts";
import type { VaeConfig } from "./config.ts";
import { klDecoder, klEncoder, klVaeConfig } from "./kl.ts";
import { tinyDecoder, tinyEncoder, tinyVaeConfig } from "./tiny.ts";

/** The halves of a VAE as functions of their inputs. */
interface Halves {
  readonly config: VaeConfig;
  encode(p: Params, images: Value): { readonly mean: Value; readonly logVariance: Value };
  decode(p: Params, latents: Value): Value;
}

function halvesOf(component: Component): Halves {
  const reader = readComponentConfig(component);
  const kind = reader.choice("_class_name", "AutoencoderKL", ["AutoencoderKL", "AutoencoderTiny"]);
  switch (kind) {
    case "AutoencoderKL": {
      const config = klVaeConfig(reader);
      return {
        config,
        encode: (p, images) => klEncoder(p, config, images),
        decode: (p, latents) => klDecoder(p, config, latents),
      };
    }
    case "AutoencoderTiny": {
      const config = tinyVaeConfig(reader);
      return {
        config,
        encode: (p, images) => tinyEncoder(p, config, images),
        decode: (p, latents) => tinyDecoder(p, config, latents),
      };
    }
  }
}

/** Reads a VAE's configuration: Stable Diffusion's own kind, or TAESD's. Throws FateZeroError on any other. */
export function vaeConfig(component: Component): VaeConfig {
  return halvesOf(component).config;
}

/** Input `images` [N, 3, H, W] in −1…1; outputs both [N, latent, h, w], the log-variance −∞ where there is no variance. */
export type VaeEncoderGraph = Graph<
  { readonly images: Port<"float32"> },
  { readonly mean: Value; readonly logVariance: Value }
>;

/** Input `latents` [N, C, h, w], already divided by the scaling factor; output `images` [N, 3, 8h, 8w]. */
export type VaeDecoderGraph = Graph<{ readonly latents: Port<"float32"> }, { readonly images: Value }>;

/** The VAE as two graphs. */
export function vaeGraphs(component: Component): {
  readonly encoder: VaeEncoderGraph;
  readonly decoder: VaeDecoderGraph;
} {
  const { config, encode, decode } = halvesOf(component);
  const { params, finish } = readParams(component);
  const pictures = (channels: number, multiple: number): Port<"float32"> =>
    port([symbol("images"), channels, symbol("height", multiple), symbol("width", multiple)]);
  const images = { images: pictures(config.imageChannels, config.downscale) };
  const latents = { latents: pictures(config.latentChannels, 1) };
  const network = component.label;
  const encoded = inNetwork(network, () => encode(params, inputs(images).images));
  const decoded = inNetwork(network, () => decode(params, inputs(latents).latents));
  finish();
  return {
    encoder: { inputs: images, outputs: encoded },
    decoder: { inputs: latents, outputs: { images: decoded } },
  };
}
