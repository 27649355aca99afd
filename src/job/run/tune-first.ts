import { stat } from "node:fs/promises";
import { join } from "node:path";
import { DIFFUSION_STEM } from "../../checkpoint/index.ts";
import { defined } from "../../defined.ts";
import { readSafetensorsHeader } from "../../files/index.ts";
import type { RunRequest } from "../../request/index.ts";
import type { StateStore } from "../../resume/index.ts";
import { tuningKey } from "../../tune/index.ts";
import type { Video } from "../../video/index.ts";
import { asPhase } from "../as-phase.ts";
import { readClip } from "../input.ts";
import { openModel } from "../open-model.ts";
import { provenanceOf } from "../provenance.ts";
import { tellReplaced } from "../replaced.ts";
import type { Session } from "../session.ts";
import { readClassImages } from "../tune/class-images.ts";
import type { TunedPlace } from "../tune/place.ts";
import { tuneAndSave } from "../tune/tune-and-save.ts";
import { untilDone } from "../until-done.ts";
import { tellWarnings } from "../video-warning.ts";
import { modelFromAnywhere } from "./model.ts";
import type { Run } from "./prepare.ts";
import type { RunTuning } from "./tuning.ts";

/** Whether the model of a training of this key is there already, whole, and with its curve. */
async function isMade({ model, curve }: TunedPlace, key: string): Promise<boolean> {
  const unet = join(model, "unet", `${DIFFUSION_STEM.safetensors}.safetensors`);
  const header = await readSafetensorsHeader(unet).catch(() => null);
  if (header?.metadata.tuning !== key) return false;
  const drawn = await Promise.all([curve.svg, curve.png].map((file) => stat(file).catch(() => null)));
  return drawn.every((info) => info !== null);
}

/** Tunes the model on the frames that are edited and writes it, unless an earlier run of the same training has. */
async function makeTuned(
  clip: Video,
  { config }: Run,
  { base, options, place, classImages }: RunTuning,
  request: Partial<RunRequest>,
  store: StateStore | undefined,
  session: Session,
): Promise<void> {
  const { report } = session;
  const compat = options.compat ?? null;
  const classes = classImages && (await readClassImages(classImages, compat, session));
  const training = { ...options, ...defined({ classImages: classes }) };
  const key = await tuningKey(base, clip, training);
  if (store && (await isMade(place, key))) {
    report({ type: "fact", name: "tuned", text: `${place.model}, by an earlier run` });
    return;
  }
  await tellReplaced(report, [place.model]);
  const made = provenanceOf("run", request, base, config.clip.prompt, { what: "a model tuned on a clip" });
  const metadata = { ...made, tuning: key };
  const precision = "fp32" as const;
  const saving = { place, precision, metadata, onSample: null, store: store && untilDone(store) };
  await tuneAndSave(base, clip, training, saving, session);
  report({ type: "fact", name: "tuned", text: place.model });
}

/**
 * The run with the model that its config has tuned, where it has one tuned: made if need be, and opened. `clip` are the frames
 * that were read for it; null where nothing is tuned.
 */
export async function tuneFirst(
  run: Run,
  request: Partial<RunRequest>,
  store: StateStore | undefined,
  session: Session,
): Promise<{ readonly run: Run; clip: Video | null }> {
  const { tuning, input, size, reading, config } = run;
  if (tuning === null) return { run, clip: null };
  const { report, signal } = session;
  const read = () => readClip(input.path, size, reading, signal, tellWarnings(report));
  const clip = await asPhase(report, "read", read, input.path);
  await makeTuned(clip, run, tuning, request, store, session);
  await tuning.base.close();
  const lowMemory = request.lowMemory ?? config.lowMemory;
  const { device, precision } = request;
  const model = await openModel(
    { model: tuning.place.model, ...defined({ lowMemory, device, precision }) },
    input,
    session,
  );
  const { parts: _, ...others } = config;
  const used = { ...others, ...(await modelFromAnywhere(model)) };
  // One that an earlier version made does not say on how many frames.
  const seen = { ...model, tunedFrames: Math.max(model.tunedFrames, clip.frames.length) };
  return { run: { ...run, model: seen, config: used }, clip };
}
