import { ALL_FIELDS, type FieldKey } from "../request/index.ts";

/** Keys of a section: null where they are read, else why they mean nothing here. */
export type KeyTable = Readonly<Record<string, string | null>>;

/** A key that no field of a request stands for: what it is for, or why it means nothing here. */
export type AuthorKey = { readonly used: string } | { readonly unused: string };

const unused = (why: string): AuthorKey => ({ unused: why });
const used = (what: string): AuthorKey => ({ used: what });

const TUNING = unused("tuning only");
const NOT_RANDOM = unused("nothing is random here");
const OTHER_MEMORY = unused("no attention map is ever kept");
const PICTURES = unused("results are written as they are, with one labelled contact sheet");
const ELSEWHERE = unused("`editing_config` has it");
const OTHER_MODEL = used("refused: such models are not computed here");

/**
 * The keys of the authors' files (test_fatezero.py, train_tune_a_video.py, dataset.py, p2p_validation_loop.py,
 * p2p_ddim_spatial_temporal.py) beside those of fields, by the section that holds them; `""` is the whole file, `*` an
 * entry of p2p_config. docs/configs.md is made from it.
 */
export const AUTHOR_KEYS = {
  "": {
    dataset_config: used("which frames, below"),
    editing_config: used("which edits, below"),
    model_config: used("how attention looks at frames, below"),
    test_pipeline_config: used("below"),
    fatezero: used("what the authors' keys cannot say, below"),
    seed: NOT_RANDOM,
    disk_store: OTHER_MEMORY,
    logdir: unused("`-o` names the folder"),
    use_invertion_latents: ELSEWHERE,
    guidance_scale: ELSEWHERE,
    mixed_precision: unused("the device decides how it computes"),
    enable_xformers: unused("the device decides how it computes"),
    batch_size: unused("one clip is edited"),
    verbose: unused("progress is always told"),
    pretrained_epoch_list: unused("name one checkpoint"),
    trainer_pipeline_config: used("makes it a config for tuning, which is refused"),
    train_batch_size: TUNING,
    gradient_checkpointing: TUNING,
    gradient_accumulation_steps: TUNING,
    train_steps: TUNING,
    validation_steps: TUNING,
    checkpointing_steps: TUNING,
    learning_rate: TUNING,
    scale_lr: TUNING,
    lr_scheduler: TUNING,
    lr_warmup_steps: TUNING,
    use_8bit_adam: TUNING,
    adam_beta1: TUNING,
    adam_beta2: TUNING,
    adam_weight_decay: TUNING,
    adam_epsilon: TUNING,
    epsilon: TUNING,
    max_grad_norm: TUNING,
    train_temporal_conv: TUNING,
    prior_preservation: TUNING,
  },
  dataset_config: {
    crop: used("`center` is what happens; `random` is refused"),
    stride: unused(
      "of a clip longer than asked for, the authors take a part at random and this program the beginning",
    ),
    image_mode: unused("frames are always RGB"),
    class_data_root: TUNING,
    class_data_prompt: TUNING,
    class_prompt_ids: TUNING,
  },
  "dataset_config.offset": {
    left: used("source pixels that are cut off"),
    right: used("source pixels that are cut off"),
    top: used("source pixels that are cut off"),
    bottom: used("source pixels that are cut off"),
  },
  editing_config: {
    p2p_config: used("the values of each edit, by the number of its prompt: `0:` or a list"),
    source_prompt: used("must be `dataset_config.prompt`, with which the clip is inverted"),
    use_invertion_latents: used("must not be false (once `use_train_latents`)"),
    use_inversion_attention: used(
      "must not be false: the older mode, which fuses the attention of a second denoising run, is refused, as only the inversion's attention is computed here",
    ),
    prompt2prompt_edit: used("must not be false"),
    negative_prompt: unused("the released code never reads it; `fatezero.negative` is read"),
    strength: unused("an edit starts from the inverted latents"),
    clip_length: unused("it is the number of frames"),
    val_all_frames: unused("the frames are those of `dataset_config`"),
    sample_seeds: NOT_RANDOM,
    num_samples_per_prompt: NOT_RANDOM,
    annotate: PICTURES,
    annotate_size: PICTURES,
    use_make_grid: PICTURES,
    grid_column_size: PICTURES,
    subdir: PICTURES,
    traverse_p2p_config: unused("the released code does not look at it"),
    save_self_attention: OTHER_MEMORY,
    use_null_inv: TUNING,
  },
  "editing_config.p2p_config.*": {
    blend_self_attention: used(
      "whether the mask lets the edit keep its own self-attention (once `masked_self_attention`)",
    ),
    use_inversion_attention: ELSEWHERE,
    save_self_attention: OTHER_MEMORY,
    disk_store: OTHER_MEMORY,
  },
  "editing_config.p2p_config.*.eq_params": {
    words: used("words of the target and their factors"),
    values: used("words of the target and their factors"),
  },
  model_config: {
    least_sc_channel: used("blocks with fewer channels attend within their own frame"),
    temporal_downsample: OTHER_MODEL,
    temporal_downsample_time: OTHER_MODEL,
    lora: unused("the rank is found in the weights"),
  },
  test_pipeline_config: {
    target: used("must name a `P2p…` pipeline, if any"),
    num_inference_steps: ELSEWHERE,
    disk_store: OTHER_MEMORY,
  },
  fatezero: {},
} as const satisfies Readonly<Record<string, Readonly<Record<string, AuthorKey>>>>;

export type Section = keyof typeof AUTHOR_KEYS;

/** The fields that have a key in a section, each with the key. */
export function fieldsBelow(section: Section): readonly (readonly [key: string, field: FieldKey])[] {
  return (Object.keys(ALL_FIELDS) as FieldKey[]).flatMap((field) => {
    const { yaml } = ALL_FIELDS[field];
    const places = typeof yaml === "string" ? [yaml] : "none" in yaml ? [] : yaml;
    return places.flatMap((place) => {
      const at = place.lastIndexOf(".");
      return place.slice(0, Math.max(at, 0)) === section ? [[place.slice(at + 1), field] as const] : [];
    });
  });
}

function tableOf(section: Section): KeyTable {
  const authors: Readonly<Record<string, AuthorKey>> = AUTHOR_KEYS[section];
  return Object.fromEntries([
    ...fieldsBelow(section).map(([key]) => [key, null]),
    ...Object.entries(authors).map(([key, about]) => [key, "used" in about ? null : about.unused]),
  ]) as KeyTable;
}

/** Every key that is known, by section. */
export const KEYS = Object.fromEntries(
  (Object.keys(AUTHOR_KEYS) as Section[]).map((section) => [section, tableOf(section)]),
) as Readonly<Record<Section, KeyTable>>;

/** Names that the authors' first versions had for keys, by the later ones. */
export const NAMES_BEFORE: Readonly<Record<string, string>> = {
  dataset_config: "train_dataset",
  editing_config: "validation_sample_logger_config",
  editing_prompts: "prompts",
  use_invertion_latents: "use_train_latents",
  blend_self_attention: "masked_self_attention",
  blend_latents: "masked_latents",
  blend_th: "bend_th",
};

const LATER: ReadonlyMap<string, string> = new Map(
  Object.entries(NAMES_BEFORE).map(([now, before]) => [before, now]),
);

/** The later name of a key. */
export function nameNow(key: string): string {
  return LATER.get(key) ?? key;
}
