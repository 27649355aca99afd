import { defined } from "../../defined.ts";
import {
  clipFlow,
  type EmbeddedEdit,
  embedEdit,
  measureByFrame,
  measureClips,
  scoreByFrame,
  scoreEmbedded,
} from "../../metrics/index.ts";
import { embeddedModels, loadClip } from "../../pipeline/index.node.ts";
import type { EvalRequest } from "../../request/index.ts";
import { leaveOut, say, type Text, the } from "../../say.ts";
import { spread } from "../../spread.ts";
import { asPhase } from "../as-phase.ts";
import { checkPage } from "../page.ts";
import { reportDownload } from "../report-download.ts";
import type { Session } from "../session.ts";
import { usageError } from "../usage.ts";
import type { Evaluation } from "./evaluation.ts";
import { type EvalInputs, readEvalInputs } from "./inputs.ts";
import { boundOf, openNamedModel } from "./named-model.ts";
import { writeReport } from "./report.ts";
import { type EvalRow, evalRows } from "./rows.ts";
import { wordMapsOf } from "./word-maps.ts";

/** Frames that a page shows. */
const SHOWN = 8;

/** What comes of an evaluation. */
export interface Evaluated {
  readonly evaluation: Evaluation;
  readonly rows: readonly EvalRow[];
  /** What was not measured, and why. */
  readonly notes: readonly Text[];
  /** The page that was written; null where none was asked for. */
  readonly page: string | null;
}

/** The CLIP that scores: the one asked for, or that beside an embedded model. */
function clipOf({ clip, model }: EvalRequest): string | undefined {
  return clip ?? (model !== undefined && embeddedModels().has(model) ? model : undefined);
}

/** The edit as a CLIP sees it; null where no CLIP or not both sentences were given. */
async function embeddedIn(
  request: EvalRequest,
  { source, edited }: EvalInputs,
  session: Session,
  notes: Text[],
): Promise<EmbeddedEdit | null> {
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
  const clip = await loadClip(name, {
    signal,
    onEvent: reportDownload(report),
    ...defined({ device: request.device }),
  });
  session.defer(() => clip.close());
  const clips = { source, edited, sourcePrompt, targetPrompt };
  const embed = () => embedEdit(clip, clips, { ...defined({ compat }), signal });
  return asPhase(report, "check", embed, "by CLIP");
}

/** `fatezero eval`: measures an edit. */
export async function evalJob(request: EvalRequest, session: Session): Promise<Evaluated> {
  const { report: page = null, source: from, target: to, compat } = request;
  if (compat !== undefined && (clipOf(request) === undefined || from === undefined || to === undefined))
    throw usageError(
      say`${the("compat")} would have no effect: it is about CLIP's scores.`,
      say`${leaveOut("compat")}, or name a ${the("clip")} and both sentences.`,
    );
  if (page !== null) await checkPage(page, "report");
  const notes: Text[] = [];
  const read = () => readEvalInputs(request, session.signal);
  const inputs = await asPhase(session.report, "read", read, request.edited);
  const { source, edited, mask, truth } = inputs;
  const follow = () => clipFlow(source, { signal: session.signal });
  const flow = await asPhase(session.report, "check", follow, "the motion");
  const model = await openNamedModel(request, session);
  const bound = await boundOf(model, source, session, notes);
  const embedded = await embeddedIn(request, inputs, session, notes);
  if (!mask) notes.push(say`What was kept is not told: ${the("mask")} says what was to change.`);
  const clips = { source, edited, flow, mask, truth, bound };
  const pixels = measureClips(clips);
  const scores = embedded && scoreEmbedded(embedded, defined({ compat }));
  const { width, height } = edited[0]!;
  const evaluation: Evaluation = {
    ...{ source: request.input, edited: request.edited, frames: edited.length, width, height },
    ...{ clip: scores, pixels },
  };
  const rows = evalRows(pixels, scores);
  if (page !== null) {
    const shown = spread(edited.length, SHOWN);
    const seen = shown.map((f) => source[f]!);
    const maps = await wordMapsOf(model, request, seen, session, notes);
    const overTime = { measures: measureByFrame(clips), scores: embedded && scoreByFrame(embedded) };
    const write = () =>
      writeReport(page, { request, evaluation, rows, notes, inputs, shown, maps, ...overTime });
    await asPhase(session.report, "write", write, page);
  }
  return { evaluation, rows, notes, page };
}
