import { join } from "node:path";
import { type ConfigEdit, configText, type RunConfig } from "../../config/index.ts";
import { drawSheet } from "../../picture/index.ts";
import { count, formatNumber } from "../../quantity.ts";
import { version } from "../../version.node.ts";
import { type PlayLike, type WriteOptions, writeVideo } from "../../video/index.node.ts";
import type { Frame } from "../../video/index.ts";
import { tileTitles } from "../contact.ts";
import type { Provenance } from "../provenance.ts";
import type { Session } from "../session.ts";
import { tellWarnings } from "../video-warning.ts";
import { writeText } from "../write-text.ts";
import { labelOf, numberOf, type PromptOutput, SETTINGS_MARK, SHEET_NAME, titleOfEdit } from "./outputs.ts";

/** The settings of one prompt: a config that makes it again, with every path as it was found. */
export function settingsOf(config: RunConfig, edit: ConfigEdit, output: PromptOutput): string {
  const alone: RunConfig = { ...config, edits: [edit] };
  const about = `${SETTINGS_MARK.slice(2)} (fatezero ${version()}): the settings of ${output.name}. To make it again:`;
  return configText(alone, `${about}\nfatezero run ${output.name}.yaml -o FOLDER`);
}

/** The frames of a result as they are written, and how they play; they may be gone through once. */
export interface Shown {
  readonly frames: readonly Frame[] | AsyncIterable<Frame>;
  readonly like: PlayLike;
  readonly close: () => void;
}

/** Writes what a prompt came to: the settings first, by which the folder is known, then the frames and the video. */
export async function writeResult(
  output: PromptOutput,
  shown: () => Promise<Shown>,
  {
    settings,
    metadata,
    audio,
  }: {
    readonly settings: string;
    readonly metadata: Provenance;
    readonly audio: NonNullable<WriteOptions["audio"]>;
  },
  { report, signal }: Session,
): Promise<void> {
  const onWarning = tellWarnings(report);
  await writeText(output.settings, settings);
  const single = await shown();
  const pictures = { like: single.like, signal, metadata };
  await writeVideo(output.frames, single.frames, pictures).finally(single.close);
  const { frames, like, close } = await shown();
  await writeVideo(output.video, frames, { like, audio, onWarning, signal, metadata }).finally(close);
}

/** What a contact sheet shows: tiles of the source and of every prompt's result. */
export interface Contact {
  readonly config: RunConfig;
  readonly model: string;
  /** Frames of the clip. */
  readonly frames: number;
  readonly source: readonly Frame[];
  readonly results: readonly (readonly Frame[])[];
}

/** One picture of the source and of every result, each labelled with its prompt. */
function drawContact({ config, model, frames, source, results }: Contact): Frame {
  const { method, edits, clip } = config;
  const guidance = edits[0]?.knobs.guidance;
  const facts = [
    count(method.steps, "step"),
    ...(guidance === undefined ? [] : [`guidance ${formatNumber(guidance)}`]),
    model,
  ];
  return drawSheet({
    title: facts.join(", "),
    columns: tileTitles(frames),
    rows: [
      { label: "source", note: labelOf(clip.prompt), frames: source },
      ...results.map((tiles, index) => ({
        label: numberOf(index, edits.length),
        note: labelOf(titleOfEdit(edits[index]!.knobs)),
        frames: tiles,
      })),
    ],
  });
}

/** Draws and writes the contact sheet; returns its path. */
export async function writeContact(
  folder: string,
  contact: Contact,
  options: { readonly signal: AbortSignal; readonly metadata: Provenance },
): Promise<string> {
  const path = join(folder, SHEET_NAME);
  await writeVideo(path, [drawContact(contact)], { ...options, fps: 1 });
  return path;
}
