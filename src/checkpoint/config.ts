import type { ErrorCode } from "../error-codes.ts";
import { FateZeroError } from "../errors.ts";
import { shownJson } from "../json.ts";
import type { Component, JsonObject } from "./types.ts";

/** Numbers that a key takes. */
export interface ConfigRange {
  readonly least: number;
  readonly most: number;
  readonly whole?: true;
  /** Taken where the key is absent; without it the key must be there. */
  readonly fallback?: number;
}

/**
 * Typed access to a configuration; every fault names the file, the key and what was expected. A count is believed up to a
 * limit only, since arrays and graphs are made as long as it says.
 */
export interface ConfigReader {
  number(key: string, range: ConfigRange): number;
  /** A whole number from 1 to `most`. */
  count(key: string, most: number, fallback?: number): number;
  boolean(key: string, fallback: boolean): boolean;
  choice<T extends string>(key: string, fallback: T, choices: readonly T[]): T;
  /** A list of 1 to `most` texts. */
  texts(key: string, most: number): readonly string[];
  /** A list of 1 to `length` whole numbers, each from 1 to `most`. */
  counts(key: string, length: number, most: number, fallback?: readonly number[]): readonly number[];
  /** One whole number from 1 to `most` for all of `levels`, or one each. */
  perLevel(key: string, levels: number, most: number, fallback: number): readonly number[];
  /** Throws where the key is set to something other than the values that this program computes. */
  only(key: string, ...allowed: readonly unknown[]): void;
  /** The fault of a key whose value does not go with others. */
  wrong(key: string, expected: string): FateZeroError;
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

/** Reads a configuration; `file` is what messages call it, `unsupported` the code of a value that is not computed here. */
export function readConfig(
  config: JsonObject,
  file: string,
  {
    remedy = "Use the file that belongs to these weights.",
    unsupported = "model-unsupported",
  }: { readonly remedy?: string; readonly unsupported?: ErrorCode } = {},
): ConfigReader {
  const wrong = (key: string, expected: string): FateZeroError =>
    new FateZeroError(
      "config-invalid",
      `${file}: "${key}" is ${shownJson(config[key])}, but must be ${expected}.`,
      remedy,
    );
  const isIn = (value: unknown, { least, most, whole }: ConfigRange): value is number =>
    typeof value === "number" && value >= least && value <= most && (!whole || Number.isInteger(value));
  const inWords = ({ least, most, whole }: ConfigRange): string =>
    `a ${whole ? "whole " : ""}number from ${least} to ${most}`;
  const rangeTo = (most: number, fallback?: number): ConfigRange => ({
    ...{ least: 1, most, whole: true },
    ...(fallback === undefined ? {} : { fallback }),
  });
  const number = (key: string, range: ConfigRange): number => {
    const value = config[key] ?? range.fallback;
    if (isIn(value, range)) return value;
    throw wrong(key, inWords(range));
  };
  return {
    wrong,
    number,
    count: (key, most, fallback) => number(key, rangeTo(most, fallback)),
    boolean(key, fallback) {
      const value = config[key] ?? fallback;
      if (typeof value === "boolean") return value;
      throw wrong(key, "true or false");
    },
    choice<T extends string>(key: string, fallback: T, choices: readonly T[]): T {
      const value = config[key] ?? fallback;
      const known = choices.find((choice) => choice === value);
      if (known !== undefined) return known;
      if (typeof value !== "string") throw wrong(key, choices.map((choice) => `"${choice}"`).join(" or "));
      throw new FateZeroError(
        unsupported,
        `${file}: "${key}" is ${shownJson(value)}, which is not computed here.`,
        `Known ones are ${choices.map((choice) => `"${choice}"`).join(", ")}.`,
      );
    },
    texts(key, most) {
      const value = config[key];
      const isList = Array.isArray(value) && value.length >= 1 && value.length <= most;
      if (isList && value.every((item) => typeof item === "string")) return value as string[];
      throw wrong(key, `a list of 1 to ${most} texts`);
    },
    counts(key, length, most, fallback) {
      const value = config[key] ?? fallback;
      const isList = Array.isArray(value) && value.length >= 1 && value.length <= length;
      if (isList && value.every((item) => isIn(item, rangeTo(most)))) return value as number[];
      throw wrong(key, `a list of 1 to ${length} numbers, each ${inWords(rangeTo(most))}`);
    },
    perLevel(key, levels, most, fallback) {
      const value = config[key] ?? fallback;
      if (isIn(value, rangeTo(most))) return new Array<number>(levels).fill(value);
      const isList = Array.isArray(value) && value.length === levels;
      if (isList && value.every((item) => isIn(item, rangeTo(most)))) return value as number[];
      throw wrong(key, `${inWords(rangeTo(most))}, or a list of ${levels} such`);
    },
    only(key, ...allowed) {
      const value = config[key] ?? null;
      if (value === null || allowed.includes(value)) return;
      const family = Object.hasOwn(FAMILIES, key) ? FAMILIES[key] : undefined;
      throw new FateZeroError(
        "model-unsupported",
        `${file}: "${key}" is ${shownJson(value)}${family ? `, as ${family} have it` : ""}: an architecture that this program does not compute.`,
        "Use a Stable Diffusion 1.x or 2.x text-to-image checkpoint.",
      );
    },
  };
}

/** What messages call a network's configuration. */
export function configFileOf({ label, configFrom }: Pick<Component, "label" | "configFrom">): string {
  return configFrom === "shapes" ? `The weights of ${label}` : `${label}/config.json`;
}

/** Reads a network's configuration. */
export function readComponentConfig(component: Component): ConfigReader {
  return component.configFrom === "shapes"
    ? readConfig(component.config, configFileOf(component), { remedy: "Download the file again." })
    : readConfig(component.config, configFileOf(component));
}
