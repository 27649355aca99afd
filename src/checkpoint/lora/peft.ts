import { FateZeroError } from "../../errors.ts";
import type { JsonObject } from "../types.ts";
import type { LoraComponent } from "./keys.ts";

/**
 * How strong a peft adapter is, as its configuration says it: such files hold no alpha tensors. Kept in the metadata of
 * a `.safetensors` file (diffusers from 0.34 on) or in the `adapter_config.json` beside it (peft).
 */
export interface PeftSettings {
  readonly alpha: number;
  /** Alpha of single layers, by the end of their path. */
  readonly alphaByLayer: Readonly<Record<string, number>>;
  /** Scale by alpha / √rank instead of alpha / rank (Kalajdzievski 2023). */
  readonly rootOfRank: boolean;
}

export type PeftConfig = Readonly<Partial<Record<LoraComponent, PeftSettings>>>;

/** Names in metadata that hold the configuration of several networks at once. */
const PREFIXES: Readonly<Record<LoraComponent, string>> = { unet: "unet.", textEncoder: "text_encoder." };

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

/** `alpha_pattern` without the anchors that diffusers writes. Patterns that are more than names are not tried: a file gives them. */
function alphaPattern(pattern: unknown, label: string): Record<string, number> {
  const alphas: Record<string, number> = {};
  for (const [key, alpha] of Object.entries(typeof pattern === "object" && pattern !== null ? pattern : {})) {
    const [, name] = /^\^?([\w.]+)\$?$/.exec(key.replaceAll("\\.", ".")) ?? [];
    if (name === undefined || !isNumber(alpha)) {
      throw new FateZeroError(
        "lora-unsupported",
        `${label} sets alpha by the pattern ${JSON.stringify(key)}, which is not the plain name of a layer.`,
        "Use a LoRA with one alpha, or with alpha tensors.",
      );
    }
    alphas[name] = alpha;
  }
  return alphas;
}

function settingsAt(json: JsonObject, prefix: string, label: string): PeftSettings | null {
  const alpha = json[`${prefix}lora_alpha`];
  if (!isNumber(alpha)) return null;
  return {
    alpha,
    alphaByLayer: alphaPattern(json[`${prefix}alpha_pattern`], label),
    rootOfRank: json[`${prefix}use_rslora`] === true,
  };
}

/**
 * Reads peft's configuration; a network that it says nothing of is left out. Throws FateZeroError `lora-unsupported`
 * where alphas are given by patterns that are no plain names.
 */
export function peftConfig(json: JsonObject, label: string): PeftConfig {
  const common = settingsAt(json, "", label);
  const config: Partial<Record<LoraComponent, PeftSettings>> = {};
  for (const component of ["unet", "textEncoder"] as const) {
    const settings = settingsAt(json, PREFIXES[component], label) ?? common;
    if (settings) config[component] = settings;
  }
  return config;
}

/** Factor of up · down in a layer of this rank. */
export function peftScale(settings: PeftSettings, path: string, rank: number): number {
  const { alphaByLayer, rootOfRank } = settings;
  const own = Object.keys(alphaByLayer).find((name) => path === name || path.endsWith(`.${name}`));
  const alpha = own === undefined ? settings.alpha : alphaByLayer[own]!;
  return alpha / (rootOfRank ? Math.sqrt(rank) : rank);
}
