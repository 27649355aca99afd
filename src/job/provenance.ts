import type { Inversion } from "../edit/index.ts";
import { readSafetensorsHeader } from "../files/index.ts";
import type { Model } from "../pipeline/index.ts";
import type { Amplification } from "../prompt/index.ts";
import { version } from "../version.node.ts";
import type { EditCommandOptions } from "./edit.ts";
import { hasMask } from "./effects.ts";
import { formatCrossSteps, formatFrameList, formatWindow } from "./format.ts";
import type { ClipOptions, Input } from "./input.ts";
import type { InvertCommandOptions } from "./invert.ts";
import { modelArguments } from "./model-options.ts";
import type { CheckedEdit, InversionTerms } from "./plan.ts";

/** How a file was made, as it stands in the file: text by name. `arguments` is the command line without its output, as a JSON list. */
export type Provenance = Readonly<Record<string, string>>;

const flag = (name: string, value: string | number | undefined): string[] =>
  value === undefined ? [] : [`--${name}`, String(value)];

/** The options that chose frames, as given; the size also where the model chose it. It is rounded anew by what reads it. */
function clipArguments(options: ClipOptions, model: Model): string[] {
  const { frames, start, stride, from, to, crop, background, fps } = options;
  return [
    ...flag("frames", frames),
    ...flag("start", start),
    ...flag("stride", stride),
    ...flag("from", from),
    ...flag("to", to),
    ...flag("crop", crop),
    ...flag("background", background),
    ...flag("fps", fps),
    ...flag("size", options.size ?? model.size),
  ];
}

function methodArguments({ steps, settings }: InversionTerms): string[] {
  return [
    ...flag("steps", steps),
    "--attend",
    formatFrameList(settings.attend.frames),
    ...flag("compat", settings.compat ?? undefined),
  ];
}

/** The mask's options as far as they have an effect: others would be refused. */
function maskArguments(edit: CheckedEdit): string[] {
  const { settings, plan, options } = edit;
  const isUsed = settings.latentBlend || plan.steps.some(({ self }) => self);
  if (options.maskWords === "none") return ["--mask-words", "none"];
  if (!hasMask(edit) || !isUsed) return [];
  const words = typeof options.maskWords === "object" ? options.maskWords.source.join(",") : undefined;
  if (settings.maskThreshold >= 1) return flag("mask-threshold", 1);
  return [
    ...flag("mask-words", words),
    ...flag("mask-from", settings.maskFrom),
    ...flag("mask-threshold", settings.maskThreshold),
  ];
}

/** Every knob of an edit as it was used, so that other defaults and presets of a later version do not matter. */
function knobArguments(edit: CheckedEdit, amplify: readonly Amplification[] = []): string[] {
  const { options, preset, settings } = edit;
  return [
    ...flag("preset", preset),
    ...flag("self-steps", formatWindow(options.selfSteps ?? settings.selfSteps)),
    ...flag("cross-steps", formatCrossSteps(options.crossSteps ?? settings.crossSteps)),
    ...maskArguments(edit),
    settings.latentBlend ? "--latent-blend" : "--no-latent-blend",
    ...amplify.flatMap(([word, factor]) => flag("amplify", `${word}=${factor}`)),
    ...flag("guidance", settings.guidance),
  ];
}

/** The command line that gives this edit again. Paths stand as they were given. */
export function editArguments(
  input: Input,
  options: EditCommandOptions,
  model: Model,
  { terms, edit }: { readonly terms: InversionTerms; readonly edit: CheckedEdit },
): string[] {
  const fromClip = input.kind === "clip";
  return [
    "edit",
    input.path,
    ...(fromClip ? ["-s", terms.prompt] : []),
    "-t",
    options.target,
    ...flag("negative", options.negative),
    "-o",
    options.out,
    ...(options.audio === false ? ["--no-audio"] : []),
    ...(fromClip ? clipArguments(options, model) : []),
    ...knobArguments(edit, options.amplify),
    ...modelArguments(model),
    ...(fromClip ? methodArguments(terms) : []),
  ];
}

/** The command line that gives this inversion again. */
export function invertArguments(
  path: string,
  options: InvertCommandOptions,
  model: Model,
  terms: InversionTerms,
): string[] {
  return [
    "invert",
    path,
    "-s",
    terms.prompt,
    "-o",
    options.out,
    ...clipArguments(options, model),
    ...modelArguments(model),
    ...methodArguments(terms),
  ];
}

/** A command line without its output: the file that carries it is that, and equal results are equal files. */
function withoutOutput(command: readonly string[]): string[] {
  const at = command.indexOf("-o");
  return command.filter((_, i) => at === -1 || (i !== at && i !== at + 1));
}

/** What is written into a file beside its content. */
export function provenanceOf(
  command: readonly string[],
  model: Pick<Inversion["model"], "name" | "fingerprint">,
  source: string,
): Provenance {
  return {
    program: `fatezero ${version()}`,
    arguments: JSON.stringify(withoutOutput(command)),
    model: model.name,
    fingerprint: model.fingerprint,
    source,
  };
}

/** The command line that made a saved inversion, where its file tells. */
export async function inversionArguments(file: string): Promise<string | undefined> {
  const { metadata } = await readSafetensorsHeader(file);
  return metadata.arguments;
}
