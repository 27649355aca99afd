import { basename } from "node:path";
import { FateZeroError } from "../../errors.ts";
import { MAX_CONFIG_VALUES, MAX_NESTING } from "../../limits.ts";
import { readTextIfAny } from "../../read-text.node.ts";
import { leaveOut, say, type Text, the } from "../../say.ts";
import { readYaml } from "../../yaml.ts";
import { CLIP_VOCABULARY_SIZE, clipTokenizerFiles } from "../clip-vocabulary.node.ts";
import { openWeightFile } from "../files.node.ts";
import type {
  Checkpoint,
  CheckpointNote,
  Component,
  JsonObject,
  NamedWeights,
  PredictionType,
} from "../types.ts";
import { averagedWeights } from "./ema.ts";
import { refuseForeign } from "./foreign.ts";
import { inferTextConfig, inferUNetConfig, inferVaeConfig } from "./infer-config.ts";
import { predictionOf, TELLING_WEIGHT } from "./prediction.ts";
import { below, splitText, splitUNet, splitVae, UNET_PREFIX, VAE_PREFIX } from "./split.ts";

export interface SingleFileOptions {
  /** What the UNet predicts, where the file does not say. */
  readonly prediction?: PredictionType | undefined;
  /** Take the training's running averages (EMA) instead of the weights. @default false */
  readonly ema?: boolean | undefined;
  /** A VAE to take instead of the file's own, which it then need not have. */
  readonly vae?: Component | undefined;
}

/** Latent side that the released models were trained at: 512 pixels, or 768 for those of version 2 that predict v. */
const SAMPLE_SIZE = { epsilon: 64, v_prediction: 96 } as const;

/** The noise schedule of every Stable Diffusion 1.x/2.x model, which single files do not carry. */
function schedulerConfig(prediction: PredictionType): JsonObject {
  return {
    beta_start: 0.00085,
    beta_end: 0.012,
    beta_schedule: "scaled_linear",
    num_train_timesteps: 1000,
    steps_offset: 1,
    set_alpha_to_one: false,
    clip_sample: false,
    prediction_type: prediction,
  };
}

function lacks(file: string, what: string, remedy: Text): FateZeroError {
  return new FateZeroError("checkpoint-incomplete", `${file} has no ${what}.`, remedy);
}

function averagesNote(file: string): CheckpointNote {
  return {
    code: "averages-unused",
    message: say`${file} holds the averages of its training (EMA) too; the weights themselves are used. ${the("ema")} takes the averages, as the hub's folders of the released models do.`,
  };
}

function requireAverages(file: string, averages: NamedWeights | null): NamedWeights {
  if (averages) return averages;
  throw new FateZeroError(
    "no-averages",
    `${file} does not hold the averages of its training (EMA), or not all of them.`,
    say`${leaveOut("ema")}: the weights themselves are used then.`,
  );
}

/** A single file holds no vocabulary, so that its text encoder must read CLIP's; rows that were added are never used. */
function checkVocabulary(file: string, { vocab_size: size }: JsonObject): void {
  if (typeof size === "number" && size >= CLIP_VOCABULARY_SIZE) return;
  throw new FateZeroError(
    "model-unsupported",
    `${file} has a text encoder of ${String(size)} tokens, not CLIP's ${CLIP_VOCABULARY_SIZE}, and a single file does not say which.`,
    "Use the model's folder, which has its tokenizer.",
  );
}

/** `parameterization` of the original code's config file beside a checkpoint (`model.yaml` beside `model.ckpt`), if any. */
async function parameterizationBeside(file: string): Promise<string | undefined> {
  const beside = file.replace(/\.[^./\\]+$/, ".yaml");
  if (beside === file) return undefined;
  const text = await readTextIfAny(beside);
  const read =
    text === undefined ? null : readYaml(text, { nesting: MAX_NESTING, values: MAX_CONFIG_VALUES });
  // Another program's file that is no YAML says nothing about the model.
  if (read === null || read.fault !== null || read.document.errors.length > 0) return undefined;
  const value = read.document.getIn(["model", "params", "parameterization"]);
  return typeof value === "string" ? value : undefined;
}

/**
 * Opens a whole checkpoint in one file, `.safetensors` or PyTorch's, in the layout of the original latent-diffusion code.
 * Its configuration is found from the shapes; weights stay in the file. Throws FateZeroError naming what is missing, or
 * what else the file is.
 */
export async function openSingleFile(
  file: string,
  name = file,
  { prediction: asked, ema = false, vae: otherVae }: SingleFileOptions = {},
): Promise<Checkpoint> {
  const { weights, facts } = await openWeightFile(file);
  const plain = below(weights, UNET_PREFIX);
  refuseForeign(file, weights);
  const averages = averagedWeights(plain, weights);
  const original = ema ? requireAverages(file, averages) : plain;
  const label = (part: string): string => `${file} (${part})`;

  const { weights: unetWeights, layout } = splitUNet(original);
  const { config: unetConfig, isVersion2 } = inferUNetConfig(unetWeights, layout);
  const beside = await parameterizationBeside(file);
  const { prediction, note } = await predictionOf(basename(file), isVersion2, facts, {
    asked,
    beside,
    telling: plain.get(TELLING_WEIGHT),
  });
  const notes = [...(note ? [note] : []), ...(averages && !ema ? [averagesNote(basename(file))] : [])];

  const text = splitText(weights);
  if (!text) throw lacks(file, "text encoder", "Use a file that holds the whole checkpoint.");
  const textConfig = inferTextConfig(text.weights, text.isOpenClip);
  checkVocabulary(file, textConfig);
  const vaeWeights = below(weights, VAE_PREFIX);
  if (vaeWeights.size === 0 && !otherVae)
    throw lacks(file, "VAE", say`Add one by ${the("vae")}, e.g. ${the("vae", "stabilityai/sd-vae-ft-mse")}.`);
  const vae = splitVae(vaeWeights);
  return {
    name,
    unet: {
      label: label("unet"),
      config: { ...unetConfig, sample_size: isVersion2 ? SAMPLE_SIZE[prediction] : SAMPLE_SIZE.epsilon },
      configFrom: "shapes",
      weights: unetWeights,
    },
    vae: otherVae ?? {
      label: label("vae"),
      config: inferVaeConfig(vae.weights, vae.layout),
      configFrom: "shapes",
      weights: vae.weights,
    },
    textEncoder: {
      label: label("text encoder"),
      config: textConfig,
      configFrom: "shapes",
      weights: text.weights,
    },
    tokenizer: await clipTokenizerFiles(text.isOpenClip ? "!" : "<|endoftext|>"),
    scheduler: schedulerConfig(prediction),
    settings: null,
    ...(notes.length > 0 ? { notes } : {}),
  };
}
