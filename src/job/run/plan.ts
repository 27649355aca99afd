import { findCompatSites } from "../../attention/index.ts";
import type { ConfigEdit, RunConfig } from "../../config/index.ts";
import { defined } from "../../defined.ts";
import { type GivenMasks, planEdit } from "../../edit/index.ts";
import { FateZeroError } from "../../errors.ts";
import type { Windowing } from "../../frame-window.ts";
import { attentionSites } from "../../model/index.ts";
import { type Model, resolveMethod } from "../../pipeline/index.ts";
import { KNOBS, pickFields } from "../../request/index.ts";
import { say, the } from "../../say.ts";
import { checkOwnEffects, masksAtAll } from "../effects.ts";
import type { Input, Size } from "../input.ts";
import type { CheckedEdit, InversionTerms } from "../prepared.ts";
import { titleOfEdit } from "./outputs.ts";

/** Prompt, steps and method of the inversion of so many frames by a config: a saved one's own, or as the config says. */
export function runTerms(
  model: Model,
  input: Input,
  { clip, method }: RunConfig,
  { frames, window }: { readonly frames: number; readonly window: Windowing },
): InversionTerms {
  if (input.kind === "inversion") return input.inversion;
  const { steps, attend, leastChannels } = method;
  const options = { leastChannels, window, ...defined({ attend, compat: method.compat ?? undefined }) };
  const settings = resolveMethod(model, options, frames);
  return { prompt: clip.prompt, steps, settings };
}

/** Refuses a size of the config's own for which the released code has no square; one of the command line is checked there. */
export function checkConfigSize(file: string, model: Model, { clip, method }: RunConfig): void {
  const { size } = clip;
  const multiple = model.sizeMultiple;
  if (!method.compat || size === undefined || size % multiple === 0) return;
  const below = Math.max(1, Math.floor(size / multiple)) * multiple;
  throw new FateZeroError(
    "config-value",
    `"${file}": the size ${size} does not go with this model, which takes squares whose side is a multiple of ${multiple} pixels.`,
    say`Set ${the("size")} to ${below} or ${below + multiple}.`,
  );
}

/** Whether an edit's result depends on where its words are: a mask that is all 0 does not. */
function needsWordMaps(edit: CheckedEdit): boolean {
  const { settings, plan, options } = edit;
  if (settings.maskFrom !== "attention") return false;
  const masksSelf =
    (options.maskSelfAttention ?? true) &&
    masksAtAll(edit) &&
    plan.mask.sourceTokens.length > 0 &&
    plan.steps.some(({ self }) => self);
  return masksSelf || settings.latentBlend;
}

/** Whether the released code finds layers for a mask at a square of `side` pixels. */
function hasReleasedMask({ unet, vae }: Model, { width, height }: Size): boolean {
  return findCompatSites(attentionSites(unet), height / vae.downscale, width / vae.downscale) !== null;
}

/** The largest picture that is looked at, in pixels: the released code's own largest is 1024. */
const LARGEST = 2048;

/** The sizes at which the released code has masks with a model, smallest and largest. */
function releasedSizes(model: Model): readonly [least: number, most: number] | null {
  const sides: number[] = [];
  for (let side = model.sizeMultiple; side <= LARGEST; side += model.sizeMultiple)
    if (hasReleasedMask(model, { width: side, height: side })) sides.push(side);
  return sides.length === 0 ? null : [sides[0]!, sides.at(-1)!];
}

function refuseMask(
  model: Model,
  edit: ConfigEdit,
  index: number,
  words: readonly string[],
  size: Size,
): FateZeroError {
  const named = words.length > 0 ? `of ${words.map((word) => `"${word}"`).join(" and ")}` : "of words";
  const sizes = releasedSizes(model);
  const other = sizes
    ? say`Set ${the("size")} to a multiple of ${model.sizeMultiple} from ${sizes[0]} to ${sizes[1]}, take`
    : say`With this model it has none at any size: take`;
  return new FateZeroError(
    "compat-mask-size",
    `Prompt ${index}, "${titleOfEdit(edit.knobs)}", asks for a mask ${named}, and the released code has none at ${size.width}x${size.height} pixels: the layers that it takes differ in size.`,
    say`${other} its ${the("maskWords")} out, or add "fatezero: {compat: false}", which masks at any size.`,
  );
}

/** An error about one prompt of several, told with its place. */
function inPrompt(file: string, index: number, error: FateZeroError): FateZeroError {
  const { what, remedy } = error.said;
  return new FateZeroError(error.code, say`"${file}", prompt ${index}: ${what}`, remedy, { cause: error });
}

/**
 * Plans every prompt of a config before any work, and refuses what would be found wrong after the inversion. What the
 * released code ignores in silence is left to warnings, as its configs are full of it.
 *
 * @throws FateZeroError as `edit` does, and `compat-mask-size`
 */
export async function planRun(
  model: Model,
  terms: InversionTerms,
  { edits }: Pick<RunConfig, "edits">,
  size: Size,
  file: string,
  masks: GivenMasks = {},
): Promise<CheckedEdit[]> {
  const all: CheckedEdit[] = [];
  for (const [index, edit] of edits.entries()) {
    const planned = await planEdit(model, terms, { ...edit.knobs, ...masks }).catch((error: unknown) => {
      throw error instanceof FateZeroError ? inPrompt(file, index, error) : error;
    });
    const checked = { ...planned, options: edit.knobs };
    if (terms.settings.compat && needsWordMaps(checked) && !hasReleasedMask(model, size))
      throw refuseMask(model, edit, index, checked.plan.mask.sourceWords, size);
    all.push(checked);
  }
  if (!terms.settings.compat) checkShared(model, terms, size, file, all);
  return all;
}

/** The knobs that a config has by its `fatezero` mapping, for all of its prompts. */
const OWN_KNOBS = (Object.keys(KNOBS) as (keyof typeof KNOBS)[]).filter((key) =>
  KNOBS[key].yaml.startsWith("fatezero."),
);

/** Why a knob of a config's own would do nothing for a prompt, as an edit refuses it; null where it does something. */
function faultOf(
  key: keyof typeof KNOBS,
  model: Model,
  terms: InversionTerms,
  size: Size,
  edit: CheckedEdit,
): FateZeroError | null {
  const options = pickFields({ [key]: KNOBS[key] }, edit.options);
  try {
    checkOwnEffects(model, terms, size, { ...edit, options });
    return null;
  } catch (error) {
    if (error instanceof FateZeroError) return error;
    throw error;
  }
}

/** Refuses a knob of a config's own that would do nothing for any of its prompts. */
function checkShared(
  model: Model,
  terms: InversionTerms,
  size: Size,
  file: string,
  edits: readonly CheckedEdit[],
): void {
  for (const key of OWN_KNOBS) {
    const faults = edits.map((edit) => faultOf(key, model, terms, size, edit));
    const [first] = faults;
    if (first && faults.every((fault) => fault !== null)) throw inPrompt(file, 0, first);
  }
}

/** The knobs of a prompt without those of its config that do something for others only: alone it would be refused with them. */
export function usefulKnobs(
  model: Model,
  terms: InversionTerms,
  size: Size,
  edit: CheckedEdit,
): CheckedEdit["options"] {
  if (terms.settings.compat) return edit.options;
  const useless: readonly string[] = OWN_KNOBS.filter(
    (key) => faultOf(key, model, terms, size, edit) !== null,
  );
  const kept = Object.entries(edit.options).filter(([key]) => !useless.includes(key));
  return Object.fromEntries(kept) as CheckedEdit["options"];
}
