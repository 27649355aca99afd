import type { Component } from "../checkpoint/index.ts";
import { FateZeroError } from "../errors.ts";

/** Typed access to a component's config.json; every fault names the file, the key and what was expected. */
export interface ConfigReader {
  number(key: string, fallback?: number): number;
  boolean(key: string, fallback: boolean): boolean;
  text(key: string, fallback: string): string;
  texts(key: string): readonly string[];
  numbers(key: string): readonly number[];
  /** One number for all of `count` levels, or one each. */
  perLevel(key: string, count: number, fallback?: number): readonly number[];
  /** Throws where the key is set to something other than the values that this program computes. */
  only(key: string, ...allowed: readonly unknown[]): void;
}

/** Whose models set a key that Stable Diffusion 1.x/2.x leave alone. */
const FAMILIES: Readonly<Record<string, string>> = {
  addition_embed_type: "Stable Diffusion XL's UNets",
  class_embed_type: "unCLIP and image-variation models",
  num_class_embeds: "upscalers",
  encoder_hid_dim_type: "models that take pictures as prompts",
  time_cond_proj_dim: "models with distilled guidance (LCM)",
  attention_type: "models that take boxes (GLIGEN)",
};

export function readConfig({ config, label }: Component): ConfigReader {
  const fail = (key: string, expected: string): never => {
    throw new FateZeroError(
      "config-invalid",
      `${label}/config.json: "${key}" is ${JSON.stringify(config[key])}, but must be ${expected}.`,
      "Use the config.json that belongs to these weights.",
    );
  };
  const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
  const reader: ConfigReader = {
    number(key, fallback) {
      const value = config[key] ?? fallback;
      return isNumber(value) ? value : fail(key, "a number");
    },
    boolean(key, fallback) {
      const value = config[key] ?? fallback;
      return typeof value === "boolean" ? value : fail(key, "true or false");
    },
    text(key, fallback) {
      const value = config[key] ?? fallback;
      return typeof value === "string" ? value : fail(key, "a string");
    },
    texts(key) {
      const value = config[key];
      const good = Array.isArray(value) && value.every((item) => typeof item === "string");
      return good ? (value as string[]) : fail(key, "a list of strings");
    },
    numbers(key) {
      const value = config[key];
      return Array.isArray(value) && value.every(isNumber)
        ? (value as number[])
        : fail(key, "a list of numbers");
    },
    perLevel(key, count, fallback) {
      const value = config[key] ?? fallback;
      if (isNumber(value)) return new Array<number>(count).fill(value);
      const good = Array.isArray(value) && value.length === count && value.every(isNumber);
      return good ? (value as number[]) : fail(key, `a number or a list of ${count} numbers`);
    },
    only(key, ...allowed) {
      const value = config[key] ?? null;
      if (value === null || allowed.includes(value)) return;
      const family = FAMILIES[key];
      throw new FateZeroError(
        "model-unsupported",
        `${label}/config.json: "${key}" is ${JSON.stringify(value)}${family ? `, as ${family} have it` : ""}: an architecture that this program does not compute.`,
        "Use a Stable Diffusion 1.x or 2.x text-to-image checkpoint.",
      );
    },
  };
  return reader;
}
