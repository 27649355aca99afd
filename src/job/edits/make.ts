import { defined } from "../../defined.ts";
import { type EditResult, edit, framesOf, targetsOf } from "../../edit/index.ts";
import type { SeeingOptions } from "../../request/index.ts";
import type { StateStore } from "../../resume/index.ts";
import { checkOutput, type WriteOptions, writeVideo } from "../../video/index.node.ts";
import { asPhase } from "../as-phase.ts";
import type { OnJobEvent } from "../estimate.ts";
import { type Mounted, mountedFrames, mountingOf, tellUnchanged } from "../full-size.ts";
import { frameCount } from "../input.ts";
import type { Inverted } from "../invert-clip.ts";
import { type LiveView, writeLive } from "../live.ts";
import type { CheckedEdit, Prepared } from "../prepared.ts";
import { type Beside, type Provenance, provenanceOf } from "../provenance.ts";
import { checkMaps, comparisonSize, keptFor, writeSeeing } from "../seeing.ts";
import type { Session } from "../session.ts";
import { soundOf } from "../sound.ts";
import { trajectoryBytes } from "../trajectory-bytes.ts";
import { usedEdit } from "../used.ts";
import { tellWarnings } from "../video-warning.ts";
import { checkWritable } from "../writable.ts";
import type { PlacedEdit } from "./places.ts";

/** One edit with everything decided. */
export interface ReadyEdit {
  readonly edit: PlacedEdit;
  readonly checked: CheckedEdit;
  readonly mounted: Mounted | null;
  readonly audio: NonNullable<WriteOptions["audio"]>;
}

/** Decides what is left of a planned edit, and refuses, before any work, what cannot be written. */
export async function readyEdit(
  edit: PlacedEdit,
  checked: CheckedEdit,
  opened: Prepared,
  session: Session,
): Promise<ReadyEdit> {
  const { request, frames: folder } = edit;
  const { input, terms, size } = opened;
  const { compare, saveMaps, saveLatents, out } = request;
  if (saveMaps !== undefined) checkMaps(opened.model, terms, size);
  const frames = frameCount(input, request);
  if (compare !== undefined) await checkOutput(compare, { frames, size: comparisonSize(size) });
  const mounted = await mountingOf(opened, request, checked, session);
  const shape = mounted ?? { frames, size };
  const { kind } = await checkOutput(out, { input: request.input, ...(mounted ? {} : { frames, size }) });
  if (folder !== null) await checkOutput(folder, { frames: shape.frames });
  const audio = await soundOf(input, request, kind, session.report);
  if (saveLatents !== undefined)
    await checkWritable(saveLatents, { bytes: 2 * trajectoryBytes(opened, frames) });
  return { edit, checked, mounted, audio };
}

/** What all edits of one inversion are made with. */
export interface Making {
  readonly prepared: Prepared;
  readonly inverted: Inverted;
  readonly live: LiveView | null;
  readonly store: StateStore | undefined;
  readonly onEvent: OnJobEvent;
  /** The command line of a saved inversion, for what is written. */
  readonly inversionMade: string | undefined;
}

/** Makes an edit, and writes it with what is shown beside it. */
export async function makeEdit(
  { edit: { request, about, frames: folder }, checked, mounted, audio }: ReadyEdit,
  { prepared, inverted, live, store, onEvent, inversionMade }: Making,
  session: Session,
): Promise<EditResult> {
  const { signal, report } = session;
  const { input, model, terms } = prepared;
  const { inversion, frames: encoded } = inverted;
  const used = usedEdit(request, prepared, checked);
  const made = (options: SeeingOptions, beside?: Beside): Provenance => ({
    ...provenanceOf("edit", { ...used, ...options }, model, terms.prompt, beside),
    ...defined({ inversion: inversionMade }),
  });
  const job = edit(model, inversion, {
    plan: checked,
    ...keptFor(request),
    keepMasks: true,
    ...defined({ store, sourceFrames: encoded ?? undefined, live: live?.options }),
    signal,
  });
  const shown = { inversion, source: encoded, target: about || targetsOf(checked).join("; "), made };
  for await (const event of job) {
    if (event.type !== "live") await onEvent(event, framesOf(inversion));
    else if (live) await writeLive(event, live, shown, session);
  }
  const result = await job;
  const onWarning = tellWarnings(report);
  const onUnchanged = tellUnchanged(report);
  const write = async (out: string, sound: ReadyEdit["audio"]): Promise<void> => {
    const written = mounted
      ? await mountedFrames(mounted, { input, size: prepared.size, inversion, result }, request, signal, {
          onWarning,
          onUnchanged,
        })
      : { frames: result.frames, like: result, close: () => {} };
    const writing = { like: written.like, audio: sound, onWarning, signal, metadata: made({}) } as const;
    const writeIt = () => writeVideo(out, written.frames, writing).finally(written.close);
    await asPhase(report, "write", writeIt, out);
  };
  if (folder !== null) await write(folder, "none");
  await write(request.out, audio);
  await writeSeeing({ model, input, inversion, source: encoded, result, made }, request, session);
  return result;
}
