import { join } from "node:path";
import { defined } from "../../defined.ts";
import { drawSheet } from "../../picture/index.ts";
import type { TuneRequest } from "../../request/index.ts";
import { spread } from "../../spread.ts";
import type { SampleOptions, TuneEvent } from "../../tune/index.ts";
import { checkOutput, writeVideo } from "../../video/index.node.ts";
import type { Provenance } from "../provenance.ts";
import { checkWritable } from "../writable.ts";

/** Frames of a sample that are shown. */
const SHOWN = 8;

/** Samples that a request asks for: the folder they go to, and what the library is told. */
export interface Sampling {
  readonly folder: string;
  readonly options: SampleOptions;
}

/** What is drawn on the way; null where nothing is. */
export function samplingOf(
  request: Pick<TuneRequest, "samples" | "samplePrompts" | "samplesEvery"> & { readonly source: string },
): Sampling | null {
  const { samples, samplePrompts, samplesEvery: every, source } = request;
  if (samples === undefined) return null;
  return { folder: samples, options: { prompts: samplePrompts ?? [source], ...defined({ every }) } };
}

/** The picture of a sample: `0050.png`, or of several prompts `0050-1.png`. */
function sampleFile(folder: string, step: number, index: number, prompts: number): string {
  return join(folder, `${String(step).padStart(4, "0")}${prompts > 1 ? `-${index + 1}` : ""}.png`);
}

/** Refuses, before any work, a folder that samples cannot be written to. */
export async function checkSamples(folder: string, input: string): Promise<void> {
  await checkOutput(sampleFile(folder, 0, 0, 1), { input });
  await checkWritable(sampleFile(folder, 0, 0, 2));
}

/** Writes a sample as a picture of its frames. Returns its path. */
export async function writeSample(
  { step, prompt, frames }: Extract<TuneEvent, { readonly type: "sample" }>,
  { folder, options }: Sampling,
  writing: { readonly signal: AbortSignal; readonly metadata: Provenance },
): Promise<string> {
  const { prompts } = options;
  const file = sampleFile(folder, step, prompts.indexOf(prompt), prompts.length);
  const shown = spread(frames.length, SHOWN);
  const sheet = drawSheet({
    title: `"${prompt}" after ${step} steps`,
    columns: shown.map((f) => `frame ${f}`),
    rows: [{ label: "", frames: shown.map((f) => frames[f]!) }],
  });
  await writeVideo(file, [sheet], { fps: 1, ...writing });
  return file;
}
