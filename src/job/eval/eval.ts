import { stat } from "node:fs/promises";
import { defined } from "../../defined.ts";
import { type ClipScores, clipFlow, measureClips, scoreWithClip } from "../../metrics/index.ts";
import { embeddedModels, loadClip, loadModel } from "../../pipeline/index.node.ts";
import { decodeLatents, encodeImages, framesToImages, imagesToFrames } from "../../pipeline/index.ts";
import type { EvalRequest } from "../../request/index.ts";
import { leaveOut, say, type Text, the } from "../../say.ts";
import type { Frame } from "../../video/index.ts";
import { asPhase } from "../as-phase.ts";
import { reportDownload } from "../report-download.ts";
import type { Session } from "../session.ts";
import { usageError } from "../usage.ts";
import { checkWritable } from "../writable.ts";
import type { Evaluation } from "./evaluation.ts";
import { type EvalInputs, readEvalInputs } from "./inputs.ts";
import { checkReport, writeReport } from "./report.ts";
import { type EvalRow, evalRows } from "./rows.ts";

/** What comes of an evaluation. */
export interface Evaluated {
  readonly evaluation: Evaluation;
  readonly rows: readonly EvalRow[];
  /** What was not measured, and why. */
  readonly notes: readonly Text[];
  /** The page that was written; null where none was asked for. */
  readonly page: string | null;
}

/** The source as the VAE of a model gives it back; null where no model was named, or its size does not go. */
async function boundOf(
  { model: name }: EvalRequest,
  { source }: EvalInputs,
  session: Session,
  notes: Text[],
): Promise<readonly Frame[] | null> {
  if (name === undefined) {
    notes.push(say`What the model's VAE costs is not told: no ${the("model")} was named.`);
    return null;
  }
  const { signal, report } = session;
  const model = await (session.loadModel ?? loadModel)(name, { signal, onEvent: reportDownload(report) });
  if (!session.loadModel) session.defer(() => model.close());
  const { width, height } = source[0]!;
  if (width % model.vae.downscale !== 0 || height % model.vae.downscale !== 0) {
    notes.push(
      `What the model's VAE costs is not told: it takes sides that are multiples of ${model.vae.downscale}, and the edit has ${width}x${height} pixels.`,
    );
    return null;
  }
  const latents = await encodeImages(model, framesToImages(source), { signal });
  return imagesToFrames(await decodeLatents(model, latents, { signal }));
}

/** The CLIP that scores: the one asked for, or that beside an embedded model. */
function clipOf({ clip, model }: EvalRequest): string | undefined {
  return clip ?? (model !== undefined && embeddedModels().has(model) ? model : undefined);
}

/** What CLIP says; null where no CLIP or not both sentences were given. */
async function scoresOf(
  request: EvalRequest,
  { source, edited }: EvalInputs,
  session: Session,
  notes: Text[],
): Promise<ClipScores | null> {
  const { source: sourcePrompt, target: targetPrompt, compat } = request;
  const name = clipOf(request);
  if (sourcePrompt === undefined || targetPrompt === undefined) {
    if (request.clip !== undefined)
      throw usageError(
        say`${the("clip")} needs both sentences, ${the("source")} and ${the("target")}.`,
        "Say what the source shows, and what the edit shall show.",
      );
    notes.push(say`CLIP's scores are left out: ${the("source")} and ${the("target")} say what they are of.`);
    return null;
  }
  if (name === undefined) {
    notes.push(
      say`CLIP's scores are left out: no ${the("clip")} was named. The paper's is openai/clip-vit-base-patch32.`,
    );
    return null;
  }
  const { signal, report } = session;
  const clip = await loadClip(name, { signal, onEvent: reportDownload(report) });
  session.defer(() => clip.close());
  const clips = { source, edited, sourcePrompt, targetPrompt };
  const score = () => scoreWithClip(clip, clips, { ...defined({ compat }), signal });
  return asPhase(report, "check", score, "by CLIP");
}

/** `fatezero eval`: measures an edit. */
export async function evalJob(request: EvalRequest, session: Session): Promise<Evaluated> {
  const { report: page = null, source: from, target: to, compat } = request;
  if (compat !== undefined && (clipOf(request) === undefined || from === undefined || to === undefined))
    throw usageError(
      say`${the("compat")} would have no effect: it is about CLIP's scores.`,
      say`${leaveOut("compat")}, or name a ${the("clip")} and both sentences.`,
    );
  if (page !== null) {
    checkReport(page);
    await checkWritable(page);
    if (
      await stat(page).then(
        (info) => info.isDirectory(),
        () => false,
      )
    )
      throw usageError(say`${the("report", page)} is a folder.`, "Name a file that ends in .html.");
  }
  const notes: Text[] = [];
  const read = () => readEvalInputs(request, session.signal);
  const inputs = await asPhase(session.report, "read", read, request.edited);
  const { source, edited, mask, truth } = inputs;
  const follow = () => clipFlow(source, { signal: session.signal });
  const flow = await asPhase(session.report, "check", follow, "the motion");
  const bound = await boundOf(request, inputs, session, notes);
  const scores = await scoresOf(request, inputs, session, notes);
  if (!mask) notes.push(say`What was kept is not told: ${the("mask")} says what was to change.`);
  const pixels = measureClips({ source, edited, flow, mask, truth, bound });
  const { width, height } = edited[0]!;
  const evaluation: Evaluation = {
    ...{ source: request.input, edited: request.edited, frames: edited.length, width, height },
    ...{ clip: scores, pixels },
  };
  const rows = evalRows(pixels, scores);
  if (page !== null) await writeReport(page, { request, evaluation, rows, notes, inputs });
  return { evaluation, rows, notes, page };
}
