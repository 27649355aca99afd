import { defined } from "../defined.ts";
import { FateZeroError } from "../errors.ts";
import type { PlanWarning } from "../prompt/index.ts";
import { askedFields, HAND_MASK, METHOD, MODEL, MOUNTED } from "../request/index.ts";
import { frameListOf } from "./attend.ts";
import { readFields } from "./fields.ts";
import { type ConfigMode, modeOf } from "./mode.ts";
import { readClip } from "./read-clip.ts";
import { readEdits } from "./read-edits.ts";
import { type ConfigReader, createReader } from "./reader.ts";
import { surveyKeys } from "./survey.ts";
import { parseConfig } from "./tree.ts";
import { readTuning } from "./tuning.ts";
import { type ConfigMethod, RELEASED_DEFAULTS, type RunConfig } from "./types.ts";

/** A config, and what is to be told of it. */
export interface ReadConfig {
  readonly config: RunConfig;
  /** What the file holds and nothing reads. */
  readonly warnings: readonly PlanWarning[];
}

/** Ways to edit that cannot be had: those in which the released code fails itself, and those that need kept attention. */
function refuseWays(reader: ConfigReader): void {
  const refuse = (name: string, message: string, remedy: string): never => {
    throw reader.fault("config-unsupported", name, message, remedy);
  };
  if (reader.flag("editing_config.use_inversion_attention") === false) {
    const message =
      "editing_config.use_inversion_attention is false: the attention of a second denoising run would be fused, and only that of the inversion is computed here.";
    refuse(
      "editing_config.use_inversion_attention",
      message,
      "Write true, as all of the authors' configs do.",
    );
  }
  if (reader.flag("editing_config.prompt2prompt_edit") === false) {
    const message =
      "editing_config.prompt2prompt_edit is false: that samples without any of the source's attention.";
    refuse(
      "editing_config.prompt2prompt_edit",
      message,
      "Write true; fusion is switched off by shares of 0.",
    );
  }
  const target = reader.text("test_pipeline_config.target");
  if (target !== undefined && !/p2p/i.test(target)) {
    const message = `test_pipeline_config.target is ${target}, which samples and does not edit.`;
    refuse(
      "test_pipeline_config.target",
      message,
      "Name the P2pDDIMSpatioTemporalPipeline, or leave it out.",
    );
  }
}

/** What cannot be computed here, in whichever way a config edits. */
function refuseModes(reader: ConfigReader): void {
  const refuse = (name: string, message: string, remedy: string): never => {
    throw reader.fault("config-unsupported", name, message, remedy);
  };
  if (reader.flag("editing_config.use_invertion_latents") === false) {
    const message = "editing_config.use_invertion_latents is false: edits begin from the inverted latents.";
    refuse("editing_config.use_invertion_latents", message, "Write true, as all of the authors' configs do.");
  }
  for (const key of ["temporal_downsample", "temporal_downsample_time"]) {
    const name = `model_config.${key}`;
    // A number or a truth value, absent in all of the authors' configs.
    if (reader.has(name) && reader.plain(name) !== false)
      refuse(name, `${name} changes the model, and such models are not computed here.`, "Leave it out.");
  }
}

/** The prompt that edits are compared with is the one that the clip was inverted with. */
function checkSource(reader: ConfigReader, prompt: string): void {
  const source = reader.text("editing_config.source_prompt");
  if (source === undefined || source === prompt) return;
  throw reader.fault(
    "config-unsupported",
    "editing_config.source_prompt",
    `editing_config.source_prompt is "${source}", but the clip is inverted as "${prompt}".`,
    "Leave it out, or make dataset_config.prompt the same.",
  );
}

function readAttend(reader: ConfigReader): ConfigMethod["attend"] {
  const name = "model_config.SparseCausalAttention_index";
  try {
    return frameListOf(reader.plain(name));
  } catch (error) {
    if (!(error instanceof FateZeroError)) throw error;
    throw reader.fault(error.code, name, error.said.what, error.said.remedy);
  }
}

function readMethod(reader: ConfigReader, { tunes, released, compat }: ConfigMode): ConfigMethod {
  const { yaml, type, default: own } = METHOD.steps;
  // A model is edited with as it was tuned, and the released code tunes any with these frames.
  const attend = readAttend(reader) ?? (tunes ? RELEASED_DEFAULTS.attend : undefined);
  return {
    steps: reader.number(yaml, type) ?? (released ? RELEASED_DEFAULTS.steps : own),
    compat: compat ? "fatezero" : null,
    leastChannels: reader.number("model_config.least_sc_channel", { least: 0 }) ?? 0,
    ...defined({ attend }),
    ...readFields(reader, { scenes: METHOD.scenes, window: METHOD.window }),
  };
}

/** Masks and regions by hand, which the released code does not know. */
function readMasks(reader: ConfigReader, { compat }: ConfigMode): RunConfig["masks"] {
  const masks = readFields(reader, HAND_MASK);
  const [asked] = askedFields(masks);
  if (asked === undefined) return undefined;
  const name = HAND_MASK[asked as keyof typeof HAND_MASK].yaml;
  if (compat) {
    const message = `${name} has no effect: the released code takes no ${asked === "regions" ? "regions" : "mask by hand"}.`;
    throw reader.fault("config-value", name, message, "Add compat: false, or leave it out.");
  }
  if (masks.maskMode === undefined || masks.mask !== undefined) return masks;
  const message = `${HAND_MASK.maskMode.yaml} has no effect without a mask.`;
  throw reader.fault(
    "config-value",
    HAND_MASK.maskMode.yaml,
    message,
    "Name one as fatezero.mask, or leave it out.",
  );
}

/** What the results are made of beside the edits, for which the released code has no place. */
function readMounted(reader: ConfigReader, { compat }: ConfigMode): RunConfig["mounted"] {
  const mounted = readFields(reader, MOUNTED);
  const asked = askedFields(mounted)[0] as keyof typeof MOUNTED | undefined;
  if (asked === undefined) return undefined;
  if (!compat) return mounted;
  const name = MOUNTED[asked].yaml;
  const message = `${name} has no effect: the released code's results are squares of the size that it works at, of the chosen frames.`;
  throw reader.fault("config-value", name, message, "Add compat: false, or leave it out.");
}

function readOutput(reader: ConfigReader, prompts: number, { tunes }: ConfigMode): string | undefined {
  const output = reader.text("fatezero.output");
  if (output === undefined) return undefined;
  if (!/^[^./\\][^/\\]*$/.test(output) || output.startsWith("contact-sheet."))
    throw reader.wrong("fatezero.output", "a file name without a folder, such as blue.mp4");
  if (tunes && /^tuned(\.[^.]*)?$/i.test(output)) {
    const message = `fatezero.output is "${output}", and tuned is what the folder of the tuned model is called.`;
    throw reader.fault("config-value", "fatezero.output", message, "Choose another name.");
  }
  if (prompts === 1) return output;
  const message = `fatezero.output names one result, but there are ${prompts} prompts.`;
  throw reader.fault("config-value", "fatezero.output", message, "Leave it out: they are numbered.");
}

/** Entries that no prompt has. */
function surplusEntries(reader: ConfigReader, prompts: number): PlanWarning[] {
  const entries = reader.keys("editing_config.p2p_config").map(String);
  const surplus = entries.filter((entry) => !(/^\d+$/.test(entry) && Number(entry) < prompts));
  if (surplus.length === 0) return [];
  const list = surplus.map((entry) => `${reader.written("editing_config.p2p_config")}.${entry}`).join(", ");
  const message = `"${reader.tree.name}": nothing reads ${list}, as no prompt has that number.`;
  return [{ code: "config-ignored", message }];
}

/** Told where the released code would only sample. */
function fusedInstead(reader: ConfigReader): PlanWarning {
  const message = `"${reader.tree.name}": the authors' code samples the prompts of a config for tuning without the source's attention. Here they are edited, each as its kind is; a p2p_config would say how.`;
  return { code: "config-fused", message };
}

/**
 * Reads a config of the authors' (test_fatezero.py, train_tune_a_video.py) in this program's terms. References are followed
 * where their key is used. Absent keys mean what they mean there, unless `fatezero: {compat: false}` asks for this program's
 * own defaults.
 *
 * @param name what messages call the file
 * @throws FateZeroError `config-syntax`, `config-reference`, `config-value`, `config-unsupported`, `bad-p2p`, `frame-list`,
 * each with its line
 */
export function readConfig(text: string, name: string): ReadConfig {
  const reader = createReader(parseConfig(text, name));
  const mode = modeOf(reader);
  const warnings = surveyKeys(reader, mode.tunes);
  refuseModes(reader);
  if (!mode.samples) refuseWays(reader);
  const method = readMethod(reader, mode);
  const clip = readClip(reader, mode);
  checkSource(reader, clip.prompt);
  const tuning = mode.tunes ? readTuning(reader, clip.prompt, mode) : undefined;
  const masks = readMasks(reader, mode);
  const edits = readEdits(reader, clip, method.steps, mode, masks?.regions !== undefined);
  const { model, lowMemory, ...parts } = readFields(reader, MODEL);
  const config = {
    clip,
    method,
    edits,
    audio: reader.flag("fatezero.audio") ?? true,
    ...defined({
      model,
      lowMemory,
      tuning,
      masks,
      mounted: readMounted(reader, mode),
      output: readOutput(reader, edits.length, mode),
    }),
    ...(Object.keys(parts).length > 0 ? { parts } : {}),
  };
  const told = mode.samples ? [fusedInstead(reader)] : surplusEntries(reader, edits.length);
  return { config, warnings: [...warnings, ...told] };
}
