import { defined } from "../defined.ts";
import { TUNE } from "../request/index.ts";
import type { ConfigReader } from "./reader.ts";
import { type ConfigTuning, TUNING_DEFAULTS } from "./types.ts";

/** Keys that only tuning reads; configs that edit hold some of them as leftovers. */
const TRAINING = [
  "train_steps",
  "validation_steps",
  "checkpointing_steps",
  "learning_rate",
  "train_temporal_conv",
];

/** PyTorch's and NumPy's generators take seeds up to here. */
const LARGEST_SEED = 2 ** 32 - 1;

/** As many as are ever made. */
const MOST_STEPS = 100_000;

/** Whether a config tunes the model before it edits: it names a trainer, or has values for one and none for the edits. */
export function isTuningConfig(reader: ConfigReader): boolean {
  if (reader.has("trainer_pipeline_config")) return true;
  return !reader.has("editing_config.p2p_config") && TRAINING.some((key) => reader.has(key));
}

/** What would make other numbers than are made here. Throws FateZeroError `config-unsupported`. */
function refuseOtherTraining(reader: ConfigReader): void {
  const refuse = (name: string, message: string, remedy: string): never => {
    throw reader.fault("config-unsupported", name, message, remedy);
  };
  const target = reader.text("trainer_pipeline_config.target");
  if (target !== undefined && !/(^|\.)DDPMTrainer$/.test(target))
    refuse(
      "trainer_pipeline_config.target",
      `trainer_pipeline_config.target is ${target}, and only the noise predictor's training is computed here.`,
      "Name video_diffusion.trainer.ddpm_trainer.DDPMTrainer, or leave it out.",
    );
  for (const [name, why] of [
    ["train_batch_size", "every step takes the one clip"],
    ["gradient_accumulation_steps", "every step moves the weights"],
  ] as const) {
    const count = reader.number(name, { least: 1, whole: true }) ?? 1;
    if (count > 1) refuse(name, `${name} is ${count}, but ${why}.`, "Write 1, or leave it out.");
  }
  const schedule = reader.text("lr_scheduler") ?? "constant";
  if (schedule !== "constant")
    refuse(
      "lr_scheduler",
      `lr_scheduler is "${schedule}", and the learning rate stays the same here.`,
      'Write "constant", as all of the authors\' configs have it, or leave it out.',
    );
  if (reader.has("prior_preservation") && reader.plain("prior_preservation") !== false)
    refuse(
      "prior_preservation",
      "prior_preservation is set, and the authors' code weighs no such loss.",
      "Leave it out; class_data_root names images that are learnt beside the clip.",
    );
}

/** A list of texts, or a single one. */
function modulesOf(reader: ConfigReader): readonly string[] | undefined {
  const name = "trainable_modules";
  if (!reader.has(name)) return undefined;
  const value = reader.plain(name);
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const isEnding = (ending: unknown): ending is string => typeof ending === "string" && ending.trim() !== "";
  if (list.length === 0 || !list.every(isEnding))
    throw reader.wrong(name, "a list of what the names of modules end with, such as [attn_temporal, .to_q]");
  return list;
}

function classImagesOf(reader: ConfigReader, prompt: string): ConfigTuning["classImages"] {
  const path = reader.text("dataset_config.class_data_root");
  if (path === undefined) return undefined;
  const shown = reader.text("dataset_config.class_data_prompt") ?? prompt;
  if (shown.trim() === "")
    throw reader.wrong("dataset_config.class_data_prompt", "one sentence that says what the images show");
  return { path, prompt: shown };
}

/** A share below 1, as moments decay by. */
function decayOf(reader: ConfigReader, name: string): number | undefined {
  const decay = reader.number(name, { least: 0, most: 1 });
  if (decay === 1) throw reader.wrong(name, "a number from 0 up to, but below 1");
  return decay;
}

/**
 * Reads what a config tunes before it edits, with the released code's defaults.
 *
 * @param prompt what the clip shows
 * @throws FateZeroError `config-value`, `config-unsupported`
 */
export function readTuning(
  reader: ConfigReader,
  prompt: string,
  { released }: { readonly released: boolean },
): ConfigTuning {
  refuseOtherTraining(reader);
  const { adam, ...defaults } = TUNING_DEFAULTS;
  const above = (name: string, most: number) => reader.number(name, { least: 0, above: true, most });
  const share = (name: string) => reader.number(name, { least: 0, most: 1 });
  return {
    steps: reader.number("train_steps", { least: 1, most: MOST_STEPS, whole: true }) ?? defaults.steps,
    learningRate: above("learning_rate", 1) ?? defaults.learningRate,
    temporalConv: reader.flag("train_temporal_conv") ?? false,
    seed: reader.number("seed", { least: 0, most: LARGEST_SEED, whole: true }) ?? defaults.seed,
    recompute: reader.flag("gradient_checkpointing") ?? false,
    maxGradNorm: above("max_grad_norm", 1e6) ?? defaults.maxGradNorm,
    adam: {
      beta1: decayOf(reader, "adam_beta1") ?? adam.beta1,
      beta2: decayOf(reader, "adam_beta2") ?? adam.beta2,
      epsilon: share("adam_epsilon") ?? adam.epsilon,
      weightDecay: share("adam_weight_decay") ?? adam.weightDecay,
    },
    ...defined({
      train: modulesOf(reader),
      rank: reader.number(TUNE.rank.yaml, TUNE.rank.type),
      classImages: classImagesOf(reader, prompt),
    }),
    compat: released ? "fatezero" : null,
  };
}
