import { ALL_FIELDS, type FieldKey } from "../request/index.ts";

/** Keys of a section: null where they are read, else why they mean nothing here. */
export type KeyTable = Readonly<Record<string, string | null>>;

/**
 * A key that no field of a request stands for: what it is for, or why it means nothing here; or what a config for tuning
 * says by it, and why it means nothing in others.
 */
export type AuthorKey =
  | { readonly used: string }
  | { readonly unused: string }
  | { readonly tuned: string; readonly otherwise?: string };

const unused = (why: string): AuthorKey => ({ unused: why });
const used = (what: string): AuthorKey => ({ used: what });

const tuned = (what: string): AuthorKey => ({ tuned: what });

const ADAM = tuned("AdamW's; default 0.9, 0.999, 0.01 and 1e-8");
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
    model_config: used("how attention looks at frames, and what an image model is given to be tuned, below"),
    test_pipeline_config: used("below"),
    fatezero: used("what the authors' keys cannot say, below"),
    seed: {
      tuned: "of the noise and the times of every step; default 0",
      otherwise: "nothing is random here",
    },
    disk_store: OTHER_MEMORY,
    logdir: unused("`-o` names the folder"),
    use_invertion_latents: ELSEWHERE,
    guidance_scale: ELSEWHERE,
    mixed_precision: unused("the device decides how it computes; a model is tuned in float32"),
    enable_xformers: unused("the device decides how it computes"),
    batch_size: unused("one clip is edited"),
    verbose: unused("progress is always told"),
    pretrained_epoch_list: unused("name one checkpoint"),
    trainer_pipeline_config: used("makes it a config for tuning; below"),
    train_steps: tuned("steps of tuning; default 300"),
    learning_rate: tuned("AdamW's; default 3e-5"),
    train_temporal_conv: tuned("whether the temporal convolutions are tuned too; default false"),
    trainable_modules: tuned(
      "what the names of the tuned modules end with, as in Tune-A-Video's own configs; default `[attn_temporal, .to_q]`, to which `train_temporal_conv: true` adds `conv_temporal`",
    ),
    gradient_checkpointing: tuned(
      "whether each block is computed again for its gradients: less memory, more time",
    ),
    max_grad_norm: tuned("the norm that gradients are cut to; default 1"),
    adam_beta1: ADAM,
    adam_beta2: ADAM,
    adam_weight_decay: ADAM,
    adam_epsilon: ADAM,
    train_batch_size: tuned("must be 1: there is one clip"),
    gradient_accumulation_steps: tuned("must be 1: every step moves the weights"),
    lr_scheduler: tuned("must be `constant`"),
    prior_preservation: tuned("must be null, as the authors' code has it"),
    lr_warmup_steps: unused("a constant rate has no warm-up"),
    scale_lr: unused("with one clip on one device the factor is 1"),
    use_8bit_adam: unused("AdamW keeps its moments in float32"),
    validation_steps: unused("edits are made once, with the tuned model"),
    checkpointing_steps: unused(
      "the model is written as it is after the last step; a stopped run goes on where it was",
    ),
    epsilon: unused("the released code does not look at it"),
  },
  dataset_config: {
    crop: used("`center` is what happens; `random` is refused"),
    stride: unused(
      "of a clip longer than asked for, the authors take a part at random and this program the beginning",
    ),
    image_mode: unused("frames are always RGB"),
    class_data_root: tuned(
      "a folder of images of things of the clip's kind, on which every second update is made",
    ),
    class_data_prompt: tuned("what these images show; default the clip's prompt"),
    class_prompt_ids: unused("they are made from the prompt"),
  },
  "dataset_config.offset": {
    left: used("source pixels that are cut off"),
    right: used("source pixels that are cut off"),
    top: used("source pixels that are cut off"),
    bottom: used("source pixels that are cut off"),
  },
  editing_config: {
    p2p_config: used(
      "the values of each edit, by the number of its prompt: `0:` or a list; a config for tuning may do without",
    ),
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
    use_null_inv: unused("the released code does not look at it"),
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
    lora: {
      tuned: "rank of the temporal convolutions that an image model is given; without it whole ones",
      otherwise: "the rank is found in the weights",
    },
  },
  test_pipeline_config: {
    target: used(
      "must name a `P2p…` pipeline, if any; any may stand in a config for tuning without p2p_config",
    ),
    num_inference_steps: ELSEWHERE,
    disk_store: OTHER_MEMORY,
  },
  trainer_pipeline_config: {
    target: used("must name the `DDPMTrainer`, if any"),
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

function tableOf(section: Section, isTuning: boolean): KeyTable {
  const authors: Readonly<Record<string, AuthorKey>> = AUTHOR_KEYS[section];
  const whyUnused = (about: AuthorKey): string | null => {
    if ("unused" in about) return about.unused;
    if ("used" in about || isTuning) return null;
    return about.otherwise ?? "nothing is tuned";
  };
  return Object.fromEntries([
    ...fieldsBelow(section).map(([key]) => [key, null]),
    ...Object.entries(authors).map(([key, about]) => [key, whyUnused(about)]),
  ]) as KeyTable;
}

/** Every key that is known, by section, in a config for tuning or in another. */
export function keyTables(isTuning: boolean): Readonly<Record<Section, KeyTable>> {
  const sections = Object.keys(AUTHOR_KEYS) as Section[];
  return Object.fromEntries(sections.map((section) => [section, tableOf(section, isTuning)])) as Readonly<
    Record<Section, KeyTable>
  >;
}

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
