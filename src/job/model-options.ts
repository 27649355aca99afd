import { type ModelParts, type PredictionType, parseEmbedding, parseLora } from "../checkpoint/index.ts";
import { defined } from "../defined.ts";
import type { Model } from "../pipeline/index.ts";

/** The options that say which model is used, and what is added to it. */
export interface ModelOptions {
  readonly model?: string | undefined;
  /** `FILE` or `FILE:SCALE` each. */
  readonly lora?: readonly string[] | undefined;
  /** `FILE` or `WORD=FILE` each. */
  readonly embedding?: readonly string[] | undefined;
  readonly vae?: string | undefined;
  readonly variant?: "fp16" | undefined;
  readonly prediction?: PredictionType | undefined;
  readonly ema?: boolean | undefined;
}

/** The parts that the options name. Throws FateZeroError on a LoRA or embedding that names no file. */
export function modelParts({ lora, embedding, vae, variant, prediction, ema }: ModelOptions): ModelParts {
  const embeddings = embedding?.map((text) => {
    const { path, word } = parseEmbedding(text);
    return word === null ? { path } : { path, word };
  });
  return {
    ...defined({ vae, variant, prediction, embeddings, lora: lora?.map(parseLora) }),
    ...(ema ? { ema } : {}),
  };
}

/** An embedding as `--embedding` takes it. A path alone must not look like `WORD=FILE`. */
export function embeddingArgument({ path, word }: { readonly path: string; readonly word?: string }): string {
  if (word !== undefined) return `${word}=${path}`;
  return /^[^/\\]*=/.test(path) ? `./${path}` : path;
}

/** The options that name a model's parts again. */
export function partsArguments({
  vae,
  variant,
  prediction,
  lora = [],
  embeddings = [],
  ema,
}: ModelParts): string[] {
  const flag = (name: string, value: string | undefined): string[] =>
    value === undefined ? [] : [`--${name}`, value];
  return [
    ...lora.flatMap(({ path, scale = 1 }) => flag("lora", `${path}:${scale}`)),
    ...embeddings.flatMap((file) => flag("embedding", embeddingArgument(file))),
    ...flag("vae", vae),
    ...flag("variant", variant),
    ...flag("prediction", prediction),
    ...(ema ? ["--ema"] : []),
  ];
}

/** The options that name a model again. */
export function modelArguments({ name, checkpoint: { parts = {} } }: Model): string[] {
  return ["--model", name, ...partsArguments(parts)];
}
