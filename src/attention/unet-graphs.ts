import type { Component } from "../checkpoint/index.ts";
import { type Dim, input, slice, symbol, type Value } from "../graph/index.ts";
import {
  type AttentionSite,
  attentionSites,
  type GroupNormScope,
  readParams,
  type SpatialAttention,
  unet,
  unetConfig,
} from "../model/index.ts";
import { type AttendRule, framesOfSite } from "./frames.ts";
import { type FusionOptions, fusedAttention } from "./fused.ts";
import { type AttentionContext, plainAttention } from "./plain.ts";
import { wordMapRecorder } from "./word-maps.ts";

/** How the UNet of one job is computed; the same for its inversion and its edits. */
export interface UNetGraphOptions {
  readonly attend: AttendRule;
  readonly groupNorm: GroupNormScope;
  /** Run temporal layers where the checkpoint has them. */
  readonly temporal: boolean;
  /** Tokens in a prompt. */
  readonly textLength: number;
  /** Blocks whose cross-attention makes the word maps. */
  readonly wordMapSites: readonly AttentionSite[];
}

export interface UNetOutputs {
  readonly prediction: Value;
  readonly wordMaps?: Value;
}

/** Builds a UNet graph around any way of computing attention. */
export function buildUNet(
  component: Component,
  options: UNetGraphOptions,
  branches: Dim,
  attentionOf: (context: AttentionContext) => SpatialAttention,
): Value {
  const config = unetConfig(component);
  const { params, finish } = readParams(component);
  const frames = symbol("frames");
  const multiple = 2 ** (config.channels.length - 1);
  const size = (name: string): Dim => symbol(name, multiple);
  const latents = input("latents", [branches, frames, config.inChannels, size("height"), size("width")]);
  const sites = attentionSites(config);
  const listLength = Math.max(...sites.map((site) => framesOfSite(options.attend, site.channels).length));
  const attendTo = input("attendTo", [frames, listLength], "int64");
  const attention = attentionOf({ branches, frames, attend: options.attend, attendTo });
  const prediction = unet(
    {
      branches,
      frames,
      groupNorm: options.groupNorm,
      temporal: options.temporal,
      attention,
      sites: new Map(sites.map((site) => [site.path, site])),
    },
    config,
    params,
    {
      latents,
      timestep: input("timestep", [branches]),
      text: input("text", [branches, options.textLength, config.textWidth]),
    },
  );
  // An image has no temporal layers to run, so an inflated checkpoint's are left over by intention.
  finish((name) => !options.temporal && /_temporal\b/.test(name));
  return prediction;
}

function withMaps(prediction: Value, wordMaps: Value | null): UNetOutputs {
  return wordMaps ? { prediction, wordMaps } : { prediction };
}

/**
 * The UNet of the inversion and of unfused edit steps. Inputs: `latents` [B, F, C, h, w], `timestep` [B], `text`
 * [B, L, D], `attendTo` [F, list]; outputs: `prediction` like `latents`, `wordMaps` [B, F, N, L].
 */
export function plainUNet(component: Component, options: UNetGraphOptions): UNetOutputs {
  const words = wordMapRecorder(options.wordMapSites);
  const prediction = buildUNet(component, options, symbol("branches"), (context) =>
    plainAttention(context, words),
  );
  return withMaps(prediction, words.result());
}

/**
 * The UNet of a fused edit step: branches source, (unconditional,) edit. Further inputs: `replace` [L, L], `keep` [L],
 * and `maskN` [F, positions of level N] where self-attention is masked. `prediction` leaves the source branch out;
 * `wordMaps` are the edit's own before replacement [1, F, N, L].
 */
export function fusedUNet(
  component: Component,
  options: UNetGraphOptions,
  fusion: Pick<FusionOptions, "self" | "fuses"> & { readonly unconditional: boolean },
): UNetOutputs {
  const words = wordMapRecorder(options.wordMapSites);
  const branches = fusion.unconditional ? 3 : 2;
  const length = options.textLength;
  const replace = input("replace", [length, length]);
  const keep = input("keep", [length]);
  const prediction = buildUNet(component, options, branches, (context) =>
    fusedAttention({ ...context, branches }, { ...fusion, replace, keep }, words),
  );
  return withMaps(slice(prediction, 0, 1, branches), words.result());
}
