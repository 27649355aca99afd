import { basename } from "node:path";
import { configText, type RunConfig } from "../config/index.ts";
import { defined } from "../defined.ts";
import type { Model } from "../pipeline/index.ts";
import { frameList } from "./attend.ts";
import { type EditCommandOptions, editOptions } from "./edit.ts";
import { checkSavedInversion } from "./effects.ts";
import { type Input, openInput } from "./input.ts";
import { openModel } from "./open-model.ts";
import { type CheckedEdit, checkEdit, type InversionTerms } from "./plan.ts";
import { editArguments } from "./provenance.ts";
import type { Session } from "./session.ts";
import { quoteArgument } from "./show.ts";
import { inputSize, missingSource, termsOf } from "./terms.ts";
import { flagOf } from "./usage.ts";

/** Options of `fatezero edit` and the keys of a config that say the same. A test holds the list against the options. */
export const CARRIED = {
  source: "dataset_config.prompt",
  target: "editing_config.editing_prompts",
  negative: "fatezero.negative",
  out: "fatezero.output",
  audio: "fatezero.audio",
  frames: "dataset_config.n_sample_frame",
  start: "dataset_config.start_sample_frame",
  stride: "dataset_config.sampling_rate",
  from: "fatezero.from",
  to: "fatezero.to",
  crop: "dataset_config.offset, or fatezero.crop",
  background: "fatezero.background",
  size: "dataset_config.image_size, or fatezero.size",
  fps: "fatezero.fps",
  preset: "fatezero.preset",
  strength: "the values that it comes to",
  selfSteps: "p2p_config.0.self_replace_steps",
  crossSteps: "p2p_config.0.cross_replace_steps",
  maskWords: "p2p_config.0.blend_words",
  maskFrom: "fatezero.mask_from",
  maskThreshold: "p2p_config.0.blend_th",
  latentBlend: "p2p_config.0.blend_latents",
  amplify: "p2p_config.0.eq_params",
  guidance: "editing_config.guidance_scale",
  model: "pretrained_model_path",
  lora: "fatezero.lora",
  embedding: "fatezero.embeddings",
  vae: "fatezero.vae",
  variant: "fatezero.variant",
  prediction: "fatezero.prediction",
  ema: "fatezero.ema",
  steps: "editing_config.num_inference_steps",
  attend: "model_config.SparseCausalAttention_index",
  compat: "fatezero.compat",
} as const;

/** Options that a config has no key for, and why: they do not change the frames. */
export const LEFT_OUT = {
  preview: "it shows fewer frames in fewer steps",
  compare: "it writes a picture beside the result",
  saveMaps: "it writes pictures beside the result",
  mapsEvery: "it belongs to --save-maps",
  saveLatents: "it writes latents beside the result",
  resume: "it says whether the state of the run is kept",
  json: "it says how progress is told",
  debug: "it says how errors are told",
  printConfig: "it asked for this file",
} as const;

/** Frames a second of pictures, which have no rate of their own, for `edit`; `run` plays them as the authors do. */
const STILL_FPS = 8;

function clipOf(
  input: Input,
  options: EditCommandOptions,
  model: Model,
  { prompt }: InversionTerms,
): RunConfig["clip"] {
  const { frames, start = 0, stride = 1, from, to, crop, background, size, fps } = options;
  if (input.kind === "inversion") return { path: input.path, prompt, start: 0, stride: 1 };
  const isVideo = input.info.kind === "video";
  return {
    path: input.path,
    prompt,
    start,
    stride,
    size: size ?? model.size,
    ...defined({ frames, from, to, crop: crop === "none" ? undefined : crop, background }),
    ...defined({ fps: fps ?? (isVideo ? undefined : STILL_FPS) }),
  };
}

/** The edit with every value as it will be used, so that presets and defaults of a later version do not matter. */
function knobsOf(
  { options, preset, settings }: CheckedEdit,
  compat: boolean,
): RunConfig["edits"][number]["knobs"] {
  const { prompt, negative, maskWords, amplify } = options;
  const { selfSteps, maskThreshold, latentBlend, guidance, maskFrom } = settings;
  return {
    prompt,
    selfSteps,
    // The released code opens the words without a `default_` throughout; ours gives them the preset's share.
    crossSteps: (compat ? options.crossSteps : undefined) ?? settings.crossSteps,
    maskThreshold,
    latentBlend,
    guidance,
    ...(compat && maskFrom === "attention" ? {} : { maskFrom }),
    ...(compat ? {} : { preset }),
    ...defined({ negative, maskWords, amplify }),
  };
}

/** Options that were given and are not in the config, each with its reason. */
function leftOut(options: object): string[] {
  const given = options as Readonly<Record<string, unknown>>;
  return Object.entries(LEFT_OUT).flatMap(([key, reason]) => {
    const isGiven = key === "resume" ? given.resume === false : given[key] !== undefined;
    if (!isGiven || key === "printConfig" || key === "debug" || key === "json") return [];
    return [`${key === "resume" ? "--no-resume" : flagOf(key)} is left out: ${reason}.`];
  });
}

/**
 * `fatezero edit --print-config`: the same edit as a config of the authors' shape, with one `fatezero:` mapping for what
 * their keys cannot say. `fatezero run` of it makes the same frames. Refuses what the edit would refuse before its work.
 */
export async function printConfig(
  path: string,
  options: EditCommandOptions,
  session: Session,
): Promise<string> {
  const attend = frameList(options.attend);
  const input = await openInput(path);
  if (input.kind === "inversion") checkSavedInversion(path, input.inversion, { ...options, attend });
  else if (options.source === undefined) throw missingSource();
  const model = await openModel(options, input, session);
  const terms = termsOf(model, input, { ...options, attend });
  const size = inputSize(model, input, options);
  const checked = await checkEdit(model, terms, size, editOptions(options));
  const { compat } = terms.settings;
  const { name, checkpoint } = model;
  const config: RunConfig = {
    model: name,
    ...(Object.keys(checkpoint.parts ?? {}).length > 0 ? { parts: checkpoint.parts } : {}),
    clip: clipOf(input, options, model, terms),
    method: {
      steps: terms.steps,
      compat,
      attend: terms.settings.attend.frames,
      leastChannels: terms.settings.attend.leastChannels ?? 0,
    },
    edits: [{ knobs: knobsOf(checked, compat !== null), warnings: [] }],
    output: basename(options.out),
    audio: options.audio !== false,
  };
  const command = editArguments(input, options, model, { terms, edit: checked });
  const line = ["fatezero", ...command].map(quoteArgument).join(" ").replaceAll("\n", " ");
  const about = ["The settings of this command line, for fatezero run:", line, ...leftOut(options)];
  return configText(config, about.join("\n")).trimEnd();
}
