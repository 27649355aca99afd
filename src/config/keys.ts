/**
 * Every key of the authors' files (test_fatezero.py, train_tune_a_video.py, dataset.py, p2p_validation_loop.py,
 * p2p_ddim_spatial_temporal.py) and of this program's own `fatezero:` mapping: null where it is read, else why it means
 * nothing here. docs/configs.md has the same list.
 */
export type KeyTable = Readonly<Record<string, string | null>>;

const TUNING = "tuning only";
const NOT_RANDOM = "nothing is random here";
const OTHER_MEMORY = "no attention map is ever kept";
const PICTURES = "results are written as they are, with one labelled contact sheet";

/** By the section that holds them; `""` is the whole file, `*` an entry of p2p_config. */
export const KEYS = {
  "": {
    pretrained_model_path: null,
    dataset_config: null,
    editing_config: null,
    model_config: null,
    test_pipeline_config: null,
    fatezero: null,
    seed: NOT_RANDOM,
    disk_store: OTHER_MEMORY,
    logdir: "the output folder is named by -o",
    use_invertion_latents: "editing_config has it",
    guidance_scale: "editing_config has it",
    mixed_precision: "the precision is the device's",
    enable_xformers: "attention is computed as the device does it best",
    batch_size: "one clip is edited",
    train_batch_size: TUNING,
    verbose: "progress is always told",
    pretrained_epoch_list: "name one checkpoint",
    trainer_pipeline_config: TUNING,
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
    path: null,
    prompt: null,
    n_sample_frame: null,
    start_sample_frame: null,
    sampling_rate: null,
    offset: null,
    image_size: null,
    crop: null,
    stride: "of a clip longer than asked for the beginning is taken",
    image_mode: "frames are always RGB",
    class_data_root: TUNING,
    class_data_prompt: TUNING,
    class_prompt_ids: TUNING,
  },
  "dataset_config.offset": { left: null, right: null, top: null, bottom: null },
  editing_config: {
    editing_prompts: null,
    source_prompt: null,
    p2p_config: null,
    num_inference_steps: null,
    guidance_scale: null,
    use_invertion_latents: null,
    use_inversion_attention: null,
    prompt2prompt_edit: null,
    negative_prompt: "the released code never reads it; write it as fatezero.negative",
    strength: "an edit starts from the inverted latents",
    clip_length: "it is the number of frames",
    val_all_frames: "the frames are those of dataset_config",
    sample_seeds: NOT_RANDOM,
    num_samples_per_prompt: NOT_RANDOM,
    annotate: PICTURES,
    annotate_size: PICTURES,
    use_make_grid: PICTURES,
    grid_column_size: PICTURES,
    subdir: PICTURES,
    traverse_p2p_config: "the released code does not look at it",
    save_self_attention: OTHER_MEMORY,
    use_null_inv: TUNING,
  },
  "editing_config.p2p_config.*": {
    is_replace_controller: null,
    cross_replace_steps: null,
    self_replace_steps: null,
    eq_params: null,
    blend_words: null,
    blend_th: null,
    blend_self_attention: null,
    blend_latents: null,
    use_inversion_attention: "editing_config has it",
    save_self_attention: OTHER_MEMORY,
    disk_store: OTHER_MEMORY,
  },
  "editing_config.p2p_config.*.eq_params": { words: null, values: null },
  model_config: {
    SparseCausalAttention_index: null,
    least_sc_channel: null,
    temporal_downsample: null,
    temporal_downsample_time: null,
    lora: "the rank is found in the weights",
  },
  test_pipeline_config: {
    target: null,
    num_inference_steps: "editing_config has it",
    disk_store: OTHER_MEMORY,
  },
  fatezero: {
    compat: null,
    size: null,
    fps: null,
    from: null,
    to: null,
    crop: null,
    background: null,
    audio: null,
    output: null,
    negative: null,
    preset: null,
    strength: null,
    mask_from: null,
    lora: null,
    embeddings: null,
    vae: null,
    variant: null,
    prediction: null,
    ema: null,
  },
} as const satisfies Readonly<Record<string, KeyTable>>;

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
