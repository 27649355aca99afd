import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { defined } from "../defined.ts";
import { cachedModel, hubSettings } from "../hub/index.node.ts";
import { parseRepository } from "../hub/index.ts";
import { captionerOf, embeddedModels, loadCaptioner } from "../pipeline/index.node.ts";
import { type Captioner, type Description, describe, type Model } from "../pipeline/index.ts";
import { CLIP, type ClipOptions, type ModelOptions, pickFields } from "../request/index.ts";
import { leaveOut, say, the } from "../say.ts";
import { readVideo } from "../video/index.node.ts";
import { type Frame, parseCrop } from "../video/index.ts";
import { asPhase } from "./as-phase.ts";
import { chosenFrames, type Input } from "./input.ts";
import type { InputRequest } from "./prepared.ts";
import { reportDownload } from "./report-download.ts";
import type { Session } from "./session.ts";
import { usageError } from "./usage.ts";

/** What describes clips where nothing else is named; used by itself where it was downloaded before. */
const BLIP = "Salesforce/blip-image-captioning-base";

type Clip = Extract<Input, { kind: "clip" }>;

/** A clip needs a sentence that describes it. */
function missingSource(): Error {
  return usageError(
    say`${the("source")} is missing.`,
    say`Say in a sentence what the clip shows, or have it described: ${the("captioner", BLIP)} downloads a model for that (about 1 GB), which is used by itself from then on.`,
  );
}

async function isCached(id: string): Promise<boolean> {
  const model = await cachedModel(hubSettings(process.env).cache, id);
  return model?.snapshots.some(({ kind }) => kind !== null) ?? false;
}

/** The frames of a clip that are looked at: as they are chosen and cut, in their own size. */
async function framesToDescribe(
  { path, info }: Clip,
  options: ClipOptions,
  looksAt: number,
  signal: AbortSignal,
): Promise<readonly Frame[]> {
  const { crop, size: _, frames, stride = 1, ...rest } = pickFields(CLIP, options);
  const step = Math.max(1, Math.floor(chosenFrames(info.frameCount, info.fps, options) / looksAt));
  const some = { stride: stride * step, frames: frames === undefined ? undefined : Math.ceil(frames / step) };
  const cut = { crop: crop === undefined ? undefined : parseCrop(crop) };
  return (await readVideo(path, { ...rest, ...defined(some), ...defined(cut), signal })).frames;
}

/** Opens a captioner by its name; it ends with the session. */
export async function openCaptioner(
  name: string,
  session: Session,
  mayDownload: { readonly mayDownload?: () => boolean; readonly device?: ModelOptions["device"] } = {},
): Promise<Captioner> {
  const { signal, report } = session;
  const loading = { ...defined(mayDownload), signal, onEvent: reportDownload(report) };
  const captioner = await asPhase(report, "open", () => loadCaptioner(name, loading), name);
  session.defer(() => captioner.close());
  return captioner;
}

/**
 * Refuses, before a model is opened, a request without a source prompt or with one and a captioner, where that can be told:
 * a model of the hub is not downloaded in order to learn that it describes nothing.
 */
export async function checkSource({ source, captioner, model }: InputRequest): Promise<void> {
  if (source !== undefined && captioner !== undefined)
    throw usageError(
      say`${the("captioner")} would have no effect: ${the("source")} says what the clip shows.`,
      say`${leaveOut("captioner")}, or ${leaveOut("source")}.`,
    );
  if (source !== undefined || captioner !== undefined) return;
  const isHere =
    model === undefined ||
    embeddedModels().has(model) ||
    (await stat(resolve(model)).catch(() => null)) !== null ||
    (await isCached(parseRepository(model)?.id ?? BLIP));
  if (!isHere && !(await isCached(BLIP))) throw missingSource();
}

/** The captioner that was named; else the model, where it lists its sentences; else BLIP, where it is in the cache. */
async function captionerFor(
  { captioner, device }: InputRequest,
  model: Model,
  session: Session,
): Promise<Captioner> {
  const own = captioner === undefined || captioner === model.name ? await captionerOf(model) : null;
  if (own) return own;
  if (captioner !== undefined) return openCaptioner(captioner, session, { device });
  if (!(await isCached(BLIP))) throw missingSource();
  return openCaptioner(BLIP, session, { mayDownload: () => false, device });
}

/** What a captioner says of a clip. */
export async function describeClip(
  captioner: Captioner,
  input: Clip,
  options: ClipOptions & { readonly beams?: number | undefined },
  { signal, report }: Session,
): Promise<Description> {
  const read = () => framesToDescribe(input, options, captioner.looksAt, signal);
  const frames = await asPhase(report, "read", read, input.path);
  const { beams } = options;
  const work = () => describe(captioner, { frames }, { ...defined({ beams }), signal });
  return asPhase(report, "prepare", work, "a description of the clip");
}

/** The sentence that says what a clip shows: as it was given, else found in the clip and told. */
export async function sourceOf(
  request: InputRequest,
  input: Clip,
  model: Model,
  session: Session,
): Promise<string> {
  if (request.source !== undefined) return request.source;
  const captioner = await captionerFor(request, model, session);
  const { caption } = await describeClip(captioner, input, request, session);
  // Its memory is the edit's.
  await captioner.close();
  const text = say`(from the clip, by ${captioner.name}): ${caption}; correct it with ${the("source")}`;
  session.report({ type: "fact", name: "source", text });
  return caption;
}
