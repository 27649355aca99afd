import { readdir, realpath, stat } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import type { ConfigEdit, RunConfig } from "../../config/index.ts";
import { FateZeroError } from "../../errors.ts";
import { cutToName, fitsName } from "../../file-name.ts";
import { readTextIfAny } from "../../read-text.node.ts";
import { checkOutput } from "../../video/index.node.ts";
import type { Report } from "../events.ts";
import { faultOfTunedFolder } from "../tune/place.ts";
import { checkWritable } from "../writable.ts";

/** Where the results of one prompt go. */
export interface PromptOutput {
  /** What the three have in common: `00-a-red-car`. */
  readonly name: string;
  readonly video: string;
  /** A folder of lossless images; ends in "/". */
  readonly frames: string;
  /** The settings used, as a config of this prompt alone. */
  readonly settings: string;
}

/** How every settings file begins: by it a folder is known as one of results. */
export const SETTINGS_MARK = "# Made by fatezero run";

export const SHEET_NAME = "contact-sheet.png";

/** The folder of the model that a run has tuned. */
export const TUNED_NAME = "tuned";

/** The words of a prompt: small letters and digits of any script. */
export function wordsIn(prompt: string): readonly string[] {
  return (
    prompt
      .normalize("NFC")
      .toLowerCase()
      .match(/[\p{L}\p{N}][\p{L}\p{M}\p{N}]*/gu) ?? []
  );
}

/** A prompt as part of a file name: its words joined by "-". */
export function slugOf(prompt: string): string {
  let slug = "";
  for (const word of wordsIn(prompt)) {
    const longer = slug === "" ? cutToName(word) : `${slug}-${word}`;
    if (!fitsName(longer)) break;
    slug = longer;
  }
  return slug === "" ? "edit" : slug;
}

function outputOf(folder: string, stem: string, extension: string): PromptOutput {
  return {
    name: stem,
    video: join(folder, `${stem}${extension}`),
    frames: `${join(folder, stem)}/`,
    settings: join(folder, `${stem}.yaml`),
  };
}

/** The number of a prompt, counted from 0, in names of files and wherever it is told. */
export function numberOf(index: number, prompts: number): string {
  return String(index).padStart(Math.max(2, String(prompts - 1).length), "0");
}

/** A prompt as a label: as the config wrote it, but on one line. */
export function labelOf(prompt: string): string {
  return prompt.trim().replaceAll(/\s*\n\s*/g, " ");
}

/** What a config's edit is called: its prompt, or what it does without one. */
export function titleOfEdit({ prompt, remove, enhance }: ConfigEdit["knobs"]): string {
  return prompt ?? (remove ? `remove ${remove.join(" ")}` : enhance ? "enhance" : "regions");
}

/** Names of all results below `folder`: numbered by prompt, unless the config names its single one. */
export function outputsOf(folder: string, { edits, output }: RunConfig): PromptOutput[] {
  if (output !== undefined) {
    const extension = extname(output);
    const stem = extension === "" ? output : output.slice(0, -extension.length);
    return [outputOf(folder, stem, extension === "" ? ".mp4" : extension)];
  }
  return edits.map(({ knobs }, index) =>
    outputOf(folder, `${numberOf(index, edits.length)}-${slugOf(titleOfEdit(knobs))}`, ".mp4"),
  );
}

const DESKTOP_FILES = new Set([".DS_Store", "Thumbs.db", "desktop.ini"]);
/** What is on its way, of a process at work or of one that was killed; also as older versions called it. */
const UNFINISHED = /^(\..+\.([0-9a-f]{12}|[0-9a-f]{40})\.(tmp|old)|\.fatezero-[A-Za-z0-9]{6})$/;

/** The names in `folder` that belong to results of a run: those of a settings file that has the mark, and a tuned model. */
async function resultNames(folder: string, names: readonly string[]): Promise<Set<string>> {
  const stems: string[] = [];
  for (const name of names.filter((entry) => entry.endsWith(".yaml"))) {
    const text = await readTextIfAny(join(folder, name));
    if (text?.startsWith(SETTINGS_MARK)) stems.push(name.slice(0, -".yaml".length));
  }
  const hasTuned =
    names.includes(TUNED_NAME) && (await faultOfTunedFolder(join(folder, TUNED_NAME))) === null;
  const isResult = (name: string): boolean =>
    (hasTuned && name === TUNED_NAME) ||
    stems.includes(name) ||
    stems.includes(name.slice(0, name.length - extname(name).length));
  return new Set(names.filter((name) => isResult(name) || name === SHEET_NAME));
}

/**
 * Refuses, before any work, a folder that is not for results: one that is a file, cannot be written, holds anything that
 * a run has not made, or is the input. Results of an earlier run that this one does not replace stay, and are told.
 */
export async function checkRunFolder(
  folder: string,
  outputs: readonly PromptOutput[],
  {
    input,
    frames,
    tuned = null,
    report,
  }: {
    readonly input: string;
    readonly frames: number;
    /** Where the run puts the model that it tunes; null where it tunes none. */
    readonly tuned?: string | null;
    readonly report: Report;
  },
): Promise<void> {
  const refuse = (message: string): FateZeroError =>
    new FateZeroError("output-not-replaceable", message, "Choose a new folder for the results.");
  const existing = await stat(folder).catch(() => null);
  if (existing && !existing.isDirectory()) throw refuse(`"${folder}" is a file, not a folder for results.`);
  const inside = await realpath(input).catch(() => resolve(input));
  if (inside === (await realpath(folder).catch(() => resolve(folder)))) {
    throw new FateZeroError(
      "output-is-input",
      `The output "${folder}" is the input.`,
      "Choose another folder.",
    );
  }
  const names = (existing ? await readdir(folder) : []).filter(
    (name) => !DESKTOP_FILES.has(name) && !UNFINISHED.test(name),
  );
  const results = await resultNames(folder, names);
  const foreign = names.find((name) => !results.has(name));
  if (foreign !== undefined)
    throw refuse(
      `The folder "${folder}" holds "${foreign}", which no run has made: results go to a folder of their own.`,
    );
  for (const output of outputs) {
    await checkOutput(output.video, { input, frames });
    await checkOutput(output.frames, { input, frames });
    await checkWritable(output.settings);
  }
  await checkWritable(join(folder, SHEET_NAME));
  const own = outputs.flatMap(({ video, frames: images, settings }) => [
    video,
    images.slice(0, -1),
    settings,
  ]);
  if (tuned !== null) own.push(tuned);
  const kept = [...results].filter(
    (name) => name !== SHEET_NAME && !own.some((path) => resolve(path) === resolve(folder, name)),
  );
  if (kept.length > 0) {
    const message = `"${folder}" also holds results of an earlier run, which stay: ${kept.sort().join(", ")}.`;
    report({ type: "warning", code: "earlier-results", message });
  }
}
