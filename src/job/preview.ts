import { extname } from "node:path";
import { defined } from "../defined.ts";
import { type EditResult, edit, type Inversion, latentsAt, meanMask, targetsOf } from "../edit/index.ts";
import { drawSheet, maskOver } from "../picture/index.ts";
import { decodeFrames } from "../pipeline/index.ts";
import type { EditRequest } from "../request/index.ts";
import { spread } from "../spread.ts";
import { concat0, slice0 } from "../tensor/index.ts";
import { checkOutput, writeVideo } from "../video/index.node.ts";
import type { Video } from "../video/index.ts";
import { announcePlan, announceSettings } from "./announce.ts";
import { checkApart } from "./apart.ts";
import { asPhase } from "./as-phase.ts";
import { checkAutoCrop, prepareCropped } from "./auto-crop.ts";
import { checkMethod } from "./baseline/effects.ts";
import { type PlacedEdit, placedEdits, titleOf } from "./edits/places.ts";
import { planEdits } from "./edits/plan.ts";
import { checkSeveral } from "./edits/several.ts";
import { checkPreview } from "./effects.ts";
import { withEstimate, worksOf } from "./estimate.ts";
import { masksAt, readHandMasks } from "./hand-masks.ts";
import { frameCount, type Input, type Reading, readClip } from "./input.ts";
import { invertClip, partsAt } from "./invert-clip.ts";
import { checkMemory } from "./memory.ts";
import { announceNeeds } from "./needs.ts";
import { announce } from "./prepare.ts";
import type { Prepared } from "./prepared.ts";
import { inversionArguments, provenanceOf } from "./provenance.ts";
import { tellReplaced } from "./replaced.ts";
import type { Session } from "./session.ts";
import { usedEdit, usedEdits } from "./used.ts";
import { tellWarnings } from "./video-warning.ts";
import { checkWritable } from "./writable.ts";

/** A tenth of eight frames in fifty steps, and less of longer clips. */
const FRAMES = 4;
const STEPS = 10;

/** Where the preview goes: OUT itself if it is an image, else beside it: `blue.mp4` → `blue.preview.png`. */
export function previewPath(out: string): string {
  const path = out.replace(/[/\\]+$/, "");
  const extension = extname(path);
  if ([".png", ".jpg", ".jpeg"].includes(extension.toLowerCase()) && path === out) return out;
  return `${extension && path === out ? path.slice(0, -extension.length) : path}.preview.png`;
}

/** Chooses frames spread evenly over those that the options take. */
export function previewRange(available: number, options: Reading): Reading {
  const frames = Math.min(FRAMES, available);
  const spacing = Math.max(1, Math.floor(available / FRAMES));
  return { ...options, frames, stride: (options.stride ?? 1) * spacing };
}

/** Which of the frames that are edited a preview shows. */
function previewFrames(input: Input, available: number, options: Reading): readonly number[] {
  if (input.kind === "inversion") return spread(available, FRAMES);
  const spacing = (previewRange(available, options).stride ?? 1) / (options.stride ?? 1);
  return Array.from({ length: Math.min(FRAMES, available) }, (_, k) => k * spacing);
}

/** The few frames of a preview: read from the clip, or decoded from a saved inversion, which does not hold them. */
async function previewClip(
  { model, input, size }: Prepared,
  range: Reading,
  { signal, report }: Session,
): Promise<Video> {
  if (input.kind === "clip") {
    return await asPhase(
      report,
      "read",
      () => readClip(input.path, size, range, signal, tellWarnings(report)),
      input.path,
    );
  }
  const clean = latentsAt(input.inversion, 0);
  const chosen = spread(clean.shape[0]!, FRAMES).map((f) => slice0(clean, f, f + 1));
  const decode = () => decodeFrames(model, concat0(chosen), { signal });
  const frames = await asPhase(report, "read", decode, input.path);
  return { frames, fps: input.inversion.fps };
}

/** An edit that a preview shows, and what came of it. */
interface Made {
  readonly edit: PlacedEdit;
  readonly result: EditResult;
}

function drawPreview({ frames: source }: Video, { prompt, steps }: Inversion, made: readonly Made[]) {
  const [{ result }] = made as readonly [Made];
  const mask = made.length === 1 ? result.masks && meanMask(result.masks) : null;
  const shown = mask && source.map((frame, f) => maskOver(frame, mask, f));
  const results =
    made.length === 1
      ? [{ label: "result", note: targetsOf(result).join("; "), frames: result.frames }]
      : made.map(({ edit, result: { frames } }) => ({ label: edit.number, note: edit.about, frames }));
  return drawSheet({
    title: `Preview in ${steps} steps${mask || made.length > 1 ? "" : ", no mask"}`,
    rows: [
      { label: "source", note: prompt, frames: source },
      ...results,
      ...(shown ? [{ label: "mask", note: "bright: what may change", frames: shown }] : []),
    ],
  });
}

/** Edits as a preview: a few frames in a few steps, as one picture. Returns its path. */
export async function previewJob(request: EditRequest, session: Session): Promise<string> {
  const { signal, report } = session;
  const asked = placedEdits(request);
  const first = asked.edits[0]!;
  const isSingle = asked.sheet === null;
  checkPreview(request);
  checkMethod(first.request);
  checkAutoCrop(first.request);
  checkSeveral(asked);
  const out = previewPath(request.out);
  for (const { request: own } of asked.edits) await checkOutput(own.out, { input: own.input });
  await checkOutput(out, { input: request.input });
  await checkApart({ out }, request);
  await checkWritable(out);
  await tellReplaced(report, [out]);
  const { request: cropped, prepared: opened } = await prepareCropped(first.request, session);
  // A picture of the part that is edited.
  const shown = { ...cropped, fullSize: request.fullSize };
  const placed = isSingle ? { ...asked, edits: [{ ...first, request: shown }] } : asked;
  const { input } = opened;
  const terms = { ...opened.terms, steps: request.steps ?? STEPS };
  const available = frameCount(input, shown);
  const range = input.kind === "clip" ? previewRange(available, shown) : shown;
  const chosen = previewFrames(input, available, shown);
  const frames = chosen.length;
  const whole = await readHandMasks(request, opened, shown, session);
  const quick = { ...opened, terms };
  const plan = async () => {
    // What is wrong with a mask is wrong with all of it.
    await planEdits(placed, quick, whole);
    return await planEdits(placed, quick, masksAt(whole, chosen));
  };
  const checked = await asPhase(report, "prepare", plan, isSingle ? "the edit" : "the edits");
  const prepared = checkMemory(quick, shown, checked, frames);
  const { model } = prepared;
  announce(session, prepared, range);
  for (const [index, edit] of placed.edits.entries()) {
    announcePlan(report, checked[index]!, isSingle ? undefined : titleOf(edit, placed));
    announceSettings(report, terms, checked[index]!);
  }
  announceNeeds(report, prepared, shown, checked, frames);

  const clip = await previewClip(prepared, range, session);
  const onEvent = withEstimate(report, model, worksOf(terms.steps, checked));
  const parts = partsAt(prepared, chosen);
  const inversion = await invertClip(clip, { ...prepared, ...parts }, session, onEvent);
  const made: Made[] = [];
  for (const [index, one] of placed.edits.entries()) {
    if (!isSingle) report({ type: "fact", name: "prompt", text: titleOf(one, placed) });
    const editing = edit(model, inversion, {
      ...{ plan: checked[index]!, keepMasks: true, signal },
      sourceFrames: clip.frames,
    });
    for await (const event of editing) await onEvent(event, clip.frames.length);
    made.push({ edit: one, result: await editing });
  }
  const used = isSingle ? usedEdit(shown, prepared, checked[0]!) : usedEdits(request, prepared);
  const what = `a preview in ${terms.steps} steps`;
  const metadata = {
    ...provenanceOf("edit", { ...used, preview: true }, model, terms.prompt, { what }),
    ...defined({ inversion: input.kind === "clip" ? undefined : await inversionArguments(request.input) }),
  };
  const write = async () =>
    writeVideo(out, [drawPreview(clip, inversion, made)], { fps: 1, signal, metadata });
  await asPhase(report, "write", write, out);
  return out;
}
