import { framesOf, type Inversion, stateBytes } from "../edit/index.ts";
import { describeParts, type Model, promptIds } from "../pipeline/index.ts";
import { count, formatBytes, formatNumber } from "../quantity.ts";
import { type ClipOptions, type FieldKey, type MethodOptions, toArguments } from "../request/index.ts";
import { say, type Text } from "../say.ts";
import { expectedState, longClipWarning, MANY_FRAMES, wholeBecause } from "./estimate.ts";
import type { Report } from "./events.ts";
import { chosenFrames, type Input, type Size } from "./input.ts";
import type { CheckedEdit, InversionTerms } from "./prepared.ts";
import { quoteArgument } from "./quote.ts";
import { usedKnobs, usedMethod } from "./used.ts";

const pixels = ({ width, height }: Size): string => `${width}x${height}`;

/**
 * Tells the model and the input, and warns of a long clip that is computed at once; `alsoWhole` is what else of the job does
 * so, if anything.
 */
export function announceInput(
  report: Report,
  model: Model,
  input: Input,
  size: Size,
  options: ClipOptions,
  terms: InversionTerms,
  alsoWhole: Text | null = null,
): void {
  const { name, vae, checkpoint } = model;
  const tiny = vae.kind === "AutoencoderTiny" ? "; its VAE is a tiny one (TAESD)" : "";
  report({ type: "fact", name: "model", text: name + describeParts(checkpoint.parts ?? {}) + tiny });
  for (const { word, vectors, label } of model.checkpoint.embeddings ?? []) {
    const text = `"${word}" is a word of ${label}, ${count(vectors.shape[0]!, "token")}`;
    report({ type: "fact", name: "word", text });
  }
  if (input.kind === "inversion") {
    report({
      type: "fact",
      name: "input",
      text: `${input.path}: ${describeInversion(input.inversion, size)}`,
    });
    return;
  }
  const { info } = input;
  const frames = chosenFrames(info.frameCount, info.fps, options);
  report({
    type: "fact",
    name: "input",
    text: `${input.path}: ${describeClip(info, frames, size, options)}`,
  });
  if (frames <= MANY_FRAMES) return;
  const { settings, steps, prompt } = terms;
  const because = wholeBecause(model, settings, frames) ?? alsoWhole;
  if (because === null) return;
  const { compat } = settings;
  const tokens = promptIds(model.tokenizer, prompt, compat, "source prompt").count;
  const state = expectedState(model, { frames, ...size }, { steps, compat, tokens });
  const exact = info.kind === "folder" || options.frames !== undefined;
  report(longClipWarning({ frames, exact, state }, because));
}

function describeClip(
  info: Extract<Input, { kind: "clip" }>["info"],
  frames: number,
  size: Size,
  { fps = info.fps, stride = 1 }: ClipOptions,
): string {
  const of =
    frames === info.frameCount ? count(frames, "frame") : `${frames} of ${count(info.frameCount, "frame")}`;
  const from = pixels(info) === pixels(size) ? "" : `${pixels(info)} -> `;
  return `${of}, ${from}${pixels(size)}, ${formatNumber(fps / stride)} frames/s`;
}

function describeInversion(inversion: Inversion, size: Size): string {
  const { nullText } = inversion;
  return (
    `${count(framesOf(inversion), "frame")}, ${pixels(size)}, ${formatNumber(inversion.fps)} frames/s, ` +
    `${formatBytes(stateBytes(inversion))}, inverted as "${inversion.prompt}"` +
    (nullText ? `, null-text for a guidance scale of ${formatNumber(nullText.guidance)}` : "")
  );
}

/** Tells how the prompts were understood; of several edits, under its title. */
export function announcePlan(report: Report, { plan, explanation }: CheckedEdit, title?: string): void {
  const lines = title === undefined ? explanation : say`${title}\n${[explanation].flat()}`;
  report({ type: "plan", explanation: lines });
  for (const warning of plan.warnings) report({ type: "warning", ...warning });
}

/** Values that the prompts and the plan tell in words. */
const TOLD = new Set<string>(["negative", "preset", "maskWords"] satisfies readonly FieldKey[]);

/** The knobs of an edit as the options that would set them, its kind before them. */
function settingsOf(edit: CheckedEdit, method: MethodOptions): readonly string[] {
  // Factors that stand in the prompt are told too, though it is the prompt that says them.
  const knobs = { ...usedKnobs(edit, method), amplify: edit.amplify };
  return [`${edit.preset}:`, ...toArguments("edit", knobs, (key) => !TOLD.has(key))];
}

/** Tells the knobs of an inversion, or of an edit. */
export function announceSettings(report: Report, terms: InversionTerms, edit: CheckedEdit | null): void {
  const method = usedMethod(terms);
  const words = [...(edit ? settingsOf(edit, method) : []), ...toArguments("edit", method)];
  report({ type: "fact", name: "settings", text: words.map(quoteArgument).join(" ") });
}
