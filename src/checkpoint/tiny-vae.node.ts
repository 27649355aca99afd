import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { FateZeroError } from "../errors.ts";
import { weightsOfFile } from "./files.node.ts";
import type { Component, JsonObject, NamedWeights } from "./types.ts";

/** TAESD by its weights alone: a file of diffusers', or the two files of its author's code. */

type Half = "encoder" | "decoder";

/** Places in a list of layers, each a convolution by itself or a block, in order. */
function placesOf(weights: NamedWeights, half: Half): readonly { readonly isBlock: boolean }[] {
  const blocks = new Map<number, boolean>();
  for (const name of weights.keys()) {
    const [, place, inside] = new RegExp(`^${half}\\.layers\\.(\\d{1,3})\\.(conv\\.)?`).exec(name) ?? [];
    if (place !== undefined) blocks.set(Number(place), inside !== undefined);
  }
  return [...blocks].sort(([a], [b]) => a - b).map(([, isBlock]) => ({ isBlock }));
}

/** How many blocks each level has: a level begins with a convolution, and the last convolution ends the network. */
function blocksOf(weights: NamedWeights, half: Half): readonly number[] {
  const counts: number[] = [];
  for (const { isBlock } of placesOf(weights, half).slice(0, -1)) {
    if (!isBlock) counts.push(0);
    else if (counts.length > 0) counts[counts.length - 1]! += 1;
  }
  return counts;
}

/** A TAESD's config.json, of the shapes of its weights (under diffusers' names). */
function inferTinyConfig(weights: NamedWeights): JsonObject {
  const [encoder, decoder] = [blocksOf(weights, "encoder"), blocksOf(weights, "decoder")];
  const width = (half: Half): number => weights.get(`${half}.layers.0.weight`)?.shape[0] ?? 0;
  return {
    _class_name: "AutoencoderTiny",
    encoder_block_out_channels: encoder.map(() => width("encoder")),
    decoder_block_out_channels: decoder.map(() => width("decoder")),
    num_encoder_blocks: encoder,
    num_decoder_blocks: decoder,
    latent_channels: weights.get("decoder.layers.0.weight")?.shape[1] ?? 0,
    scaling_factor: 1,
  };
}

/** A TAESD of weights under diffusers' names. */
export function tinyVae(label: string, weights: NamedWeights): Component {
  return { label, config: inferTinyConfig(weights), configFrom: "shapes", weights };
}

/** Whether names are those of a TAESD in diffusers' layout. */
export function isTinyVae(names: readonly string[]): boolean {
  return names.some((name) => /^(encoder|decoder)\.layers\.\d{1,3}\.conv\.0\.weight$/.test(name));
}

/** Whether names are those of one half in the author's code: a plain list of layers. */
export function isTinyHalf(names: readonly string[]): boolean {
  return names.some((name) => /^\d{1,3}\.conv\.0\.weight$/.test(name));
}

/** The author's decoder has the clamp of its latents as its first layer, which diffusers leaves out of the list. */
const FIRST: Readonly<Record<Half, number>> = { encoder: 0, decoder: 1 };

async function halfOf(file: string, half: Half): Promise<NamedWeights> {
  const named = [...(await weightsOfFile(file))].map(([name, info]) => {
    const [place, ...rest] = name.split(".");
    return [`${half}.layers.${Number(place) - FIRST[half]}.${rest.join(".")}`, info] as const;
  });
  return new Map(named);
}

/** The two files that a path to one of them, or to their folder, stands for; null where it stands for none. */
export async function tinyHalves(path: string): Promise<Readonly<Record<Half, string>> | null> {
  const info = await stat(path).catch(() => null);
  const folder = info?.isDirectory() ? path : dirname(path);
  const named = info?.isDirectory() ? "taesd_encoder.safetensors" : basename(path);
  const [, before, behind] = /^(.*)(?:encoder|decoder)(\.\w+)$/.exec(named) ?? [];
  if (before === undefined) return null;
  const place = (half: Half): string => join(folder, `${before}${half}${behind}`);
  const both = { encoder: place("encoder"), decoder: place("decoder") };
  const there = await Promise.all(Object.values(both).map((file) => stat(file).catch(() => null)));
  return there.every((file) => file?.isFile()) ? both : null;
}

/** Opens the two files of the author's code. Throws FateZeroError where only one is there. */
export async function openTinyHalves(path: string): Promise<Component> {
  const files = await tinyHalves(path);
  if (!files) {
    throw new FateZeroError(
      "checkpoint-incomplete",
      `${path} holds one half of a TAESD, and its other half is not beside it.`,
      "Put both beside each other, as taesd_encoder.safetensors and taesd_decoder.safetensors.",
    );
  }
  const [encoder, decoder] = [await halfOf(files.encoder, "encoder"), await halfOf(files.decoder, "decoder")];
  return tinyVae(path, new Map([...encoder, ...decoder]));
}
