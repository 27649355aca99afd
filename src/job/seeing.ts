import type { EditResult, Inversion } from "../edit/index.ts";
import { FateZeroError } from "../errors.ts";
import { drawMaps, sideBySide } from "../picture/index.ts";
import { type Model, planSites } from "../pipeline/index.ts";
import { checkOutput, writeVideo } from "../video/index.node.ts";
import type { Frame } from "../video/index.ts";
import { type ClipOptions, type Input, namesInversion } from "./input.ts";
import { checkInversionOutput } from "./inversion-output.ts";
import { asPhase } from "./invert-clip.ts";
import { writeLatents } from "./latents-file.ts";
import { checkMapsFolder, writeMapsFolder } from "./maps-folder.ts";
import type { InversionTerms } from "./plan.ts";
import type { Session } from "./session.ts";
import { sourceFrames } from "./source-frames.ts";
import { flagOf, usageError } from "./usage.ts";
import { checkWritable } from "./writable.ts";

/** Options that show what the program saw and did, beside the result. */
export interface SeeingOptions {
  readonly saveMaps?: string | undefined;
  readonly mapsEvery?: number | undefined;
  readonly compare?: string | undefined;
  readonly saveLatents?: string | undefined;
}

const MAPS_EVERY = 10;

/** Refuses, before any work, files that cannot be written and options that would do nothing. */
export async function checkSeeing(
  { saveMaps, mapsEvery, compare, saveLatents }: SeeingOptions,
  { input, out }: { readonly input: string; readonly out: string },
): Promise<void> {
  if (mapsEvery !== undefined && saveMaps === undefined) {
    throw usageError("--maps-every would have no effect: no maps are saved.", "Add --save-maps DIR.");
  }
  const outputs = { out, saveMaps, compare, saveLatents };
  for (const [key, path] of Object.entries(outputs)) {
    if (path === undefined) continue;
    const trimmed = path.replace(/[/\\]+$/, "");
    const twin = Object.entries(outputs).find(
      ([other, where]) => other !== key && where?.replace(/[/\\]+$/, "") === trimmed,
    );
    if (twin) throw usageError(`${flagOf(key)} and ${flagOf(twin[0])} name the same path.`, "Give them two.");
    if (key !== "out" && trimmed === input.replace(/[/\\]+$/, ""))
      throw usageError(`${flagOf(key)} "${path}" is the input.`, "Choose another path.");
  }
  if (saveMaps !== undefined) await checkMapsFolder(saveMaps);
  if (compare !== undefined) {
    await checkOutput(compare, { input });
    await checkWritable(compare);
  }
  if (saveLatents === undefined) return;
  if (!namesInversion(saveLatents)) {
    throw new FateZeroError(
      "output-format",
      `--save-latents "${saveLatents}" does not end in .safetensors, which is the form they are saved in.`,
      `Name it e.g. "latents.safetensors".`,
    );
  }
  await checkInversionOutput(saveLatents);
}

/** Refuses maps of a size for which there are none. */
export function checkMaps(
  model: Model,
  { settings }: InversionTerms,
  size: { readonly width: number; readonly height: number },
): void {
  const { downscale } = model.vae;
  const sites = planSites(model, settings.compat, size.height / downscale, size.width / downscale);
  if (sites.maps.length > 0) return;
  throw new FateZeroError(
    "no-word-maps",
    `The released code has no word maps at ${size.width}x${size.height} pixels, so there are none to show.`,
    "Use another --size, or leave out --compat.",
  );
}

/** What an edit has to keep for these options. */
export function keptFor({ saveMaps, saveLatents }: SeeingOptions): {
  readonly keepMasks: boolean;
  readonly keepTrajectory: boolean;
} {
  return { keepMasks: saveMaps !== undefined, keepTrajectory: saveLatents !== undefined };
}

/** What was done, to be shown. */
export interface Done {
  readonly model: Model;
  readonly input: Input;
  readonly inversion: Inversion;
  /** Absent after an inversion alone. */
  readonly result?: EditResult;
}

/** Writes what the options ask for beside the result, and says where. */
export async function writeSeeing(
  done: Done,
  options: SeeingOptions & ClipOptions,
  { signal, report }: Session,
): Promise<void> {
  const { model, input, inversion, result } = done;
  const { saveMaps, mapsEvery, compare, saveLatents } = options;
  if (saveMaps === undefined && compare === undefined && saveLatents === undefined) return;
  await asPhase(report, "write", async () => {
    if (saveLatents !== undefined && result) await writeLatents(saveLatents, model, inversion, result);
    if (saveMaps === undefined && compare === undefined) return;
    const frames = await sourceFrames(model, input, inversion, options, signal);
    if (saveMaps !== undefined) {
      const every = mapsEvery ?? MAPS_EVERY;
      const pictures = drawMaps({ model, inversion, frames, every, masks: result?.masks });
      await writeMapsFolder(saveMaps, pictures, signal);
    }
    if (compare !== undefined && result)
      await writeVideo(compare, comparison(frames, result.frames), { like: result, signal });
  });
  if (saveMaps !== undefined) report({ type: "fact", name: "maps", text: saveMaps });
  if (compare !== undefined) report({ type: "fact", name: "compare", text: compare });
  if (saveLatents !== undefined) report({ type: "fact", name: "latents", text: saveLatents });
}

function comparison(source: readonly Frame[], result: readonly Frame[]): Frame[] {
  return result.map((frame, f) =>
    sideBySide([
      { name: "source", frame: source[f]! },
      { name: "result", frame },
    ]),
  );
}
