import type { EditResult, Inversion } from "../edit/index.ts";
import { FateZeroError } from "../errors.ts";
import { drawMaps, maskFrames, sideBySide, sideBySideSize } from "../picture/index.ts";
import { type Model, planSites } from "../pipeline/index.ts";
import { defaultOf, type ModelOptions, type SeeingOptions } from "../request/index.ts";
import { leaveOut, say, the } from "../say.ts";
import { checkOutput, writeVideo } from "../video/index.node.ts";
import type { Frame } from "../video/index.ts";
import { checkApart } from "./apart.ts";
import { asPhase } from "./as-phase.ts";
import { checkMapSteps } from "./effects.ts";
import { type Input, namesInversion, type Reading, type Size } from "./input.ts";
import { checkInversionOutput } from "./inversion-output.ts";
import { writeLatents } from "./latents-file.ts";
import { checkLiveView } from "./live.ts";
import { checkMapsFolder, writeMapsFolder } from "./maps-folder.ts";
import type { InversionTerms } from "./prepared.ts";
import type { Beside, Provenance } from "./provenance.ts";
import type { Session } from "./session.ts";
import { sourceFrames } from "./source-frames.ts";
import { checkWritable } from "./writable.ts";

/** Refuses, before any work, files that cannot be written and options that would do nothing. */
export async function checkSeeing(
  request: SeeingOptions & ModelOptions & { readonly input: string; readonly out: string },
): Promise<void> {
  const { input, out, saveMaps, compare, saveLatents, live } = request;
  checkMapSteps(request);
  await checkApart({ out, saveMaps, compare, saveLatents, live }, request);
  await checkLiveView(request);
  if (saveMaps !== undefined) await checkMapsFolder(saveMaps);
  if (compare !== undefined) {
    await checkOutput(compare, { input });
    await checkWritable(compare);
  }
  if (saveLatents === undefined) return;
  if (!namesInversion(saveLatents)) {
    throw new FateZeroError(
      "output-format",
      say`${the("saveLatents")} "${saveLatents}" does not end in .safetensors, which is the form they are saved in.`,
      `Name it e.g. "latents.safetensors".`,
    );
  }
  await checkInversionOutput(saveLatents);
}

/** Refuses maps of a size for which there are none. */
export function checkMaps(model: Model, { settings }: InversionTerms, size: Size): void {
  const { downscale } = model.vae;
  const sites = planSites(model, settings.compat, size.height / downscale, size.width / downscale);
  if (sites.maps.length > 0) return;
  throw new FateZeroError(
    "no-word-maps",
    `The released code has no word maps at ${size.width}x${size.height} pixels, so there are none to show.`,
    say`Use another ${the("size")}, or ${leaveOut("compat")}.`,
  );
}

/** What an edit has to keep for these options. */
export function keptFor({ saveMaps, saveLatents }: SeeingOptions): {
  readonly keepMasks: boolean;
  readonly keepTrajectory: boolean;
} {
  return { keepMasks: saveMaps !== undefined, keepTrajectory: saveLatents !== undefined };
}

/** What pictures say that they are. */
export const MAPS = "maps of the words and masks";
export const COMPARISON = "a comparison of source and result";
const LATENTS = "the latents of every step";

/** What was done, to be shown. */
export interface Done {
  readonly model: Model;
  readonly input: Input;
  readonly inversion: Inversion;
  /** The frames that were inverted, where they are at hand. */
  readonly source: readonly Frame[] | null;
  /** Absent after an inversion alone. */
  readonly result?: EditResult;
  /** How a file was made that these options ask for. */
  readonly made: (options: SeeingOptions, beside: Beside) => Provenance;
}

/** Whether options ask for pictures that show the source. */
export const looksAtSource = ({ saveMaps, compare }: SeeingOptions): boolean =>
  saveMaps !== undefined || compare !== undefined;

/** Writes what the options ask for beside the result, and says where. */
export async function writeSeeing(
  done: Done,
  options: SeeingOptions & Reading & { readonly out: string },
  { signal, report }: Session,
): Promise<void> {
  const { model, input, inversion, source, result, made } = done;
  const { out: output, saveMaps, mapsEvery, compare, saveLatents } = options;
  if (saveLatents !== undefined && result) {
    const metadata = made({ saveLatents }, { what: LATENTS, output });
    const write = () => writeLatents(saveLatents, model, inversion, result, metadata);
    await asPhase(report, "write", write, saveLatents);
  }
  if (looksAtSource(options)) {
    const read = () => sourceFrames(model, input, inversion, options, signal);
    const frames = source ?? (await asPhase(report, "read", read, input.path));
    if (saveMaps !== undefined) {
      const every = mapsEvery ?? defaultOf("mapsEvery", "edit");
      const metadata = made({ saveMaps, mapsEvery: every }, { what: MAPS, output });
      const { masks, reconstruction } = result ?? {};
      const pictures = () => drawMaps({ model, inversion, frames, every, masks, reconstruction });
      const plain = masks && maskFrames(masks, frames[0]!);
      const draw = () => writeMapsFolder(saveMaps, pictures(), { masks: plain, signal, metadata });
      await asPhase(report, "draw", draw, saveMaps);
    }
    if (compare !== undefined && result) {
      const metadata = made({ compare }, { what: COMPARISON, output });
      const sides = () => comparison(frames, result.frames);
      const write = async () => writeVideo(compare, sides(), { like: result, signal, metadata });
      await asPhase(report, "write", write, compare);
    }
  }
  if (saveMaps !== undefined) report({ type: "fact", name: "maps", text: saveMaps });
  if (compare !== undefined) report({ type: "fact", name: "compare", text: compare });
  if (saveLatents !== undefined) report({ type: "fact", name: "latents", text: saveLatents });
}

/** Pixels of source and result beside each other. */
export function comparisonSize(size: Size): Size {
  return sideBySideSize([size, size]);
}

/** Source and result beside each other, each frame drawn as it is written. */
export async function* comparison(
  source: readonly Frame[],
  result: readonly Frame[],
): AsyncGenerator<Frame, void, undefined> {
  for (const [f, frame] of result.entries())
    yield sideBySide([
      { name: "source", frame: source[f]! },
      { name: "result", frame },
    ]);
}
