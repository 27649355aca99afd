import { extname } from "node:path";
import { defined } from "../defined.ts";
import { type EditResult, edit, type Inversion, invert, latentsAt, meanMask } from "../edit/index.ts";
import { drawSheet, maskOver } from "../picture/index.ts";
import { decodeLatents, imagesToFrames, type Model } from "../pipeline/index.ts";
import { spread } from "../spread.ts";
import { concat0, slice0 } from "../tensor/index.ts";
import { checkOutput, writeVideo } from "../video/index.node.ts";
import type { Video } from "../video/index.ts";
import { announceInput, announcePlan, announceSettings } from "./announce.ts";
import { frameList } from "./attend.ts";
import { type EditCommandOptions, editOptions } from "./edit.ts";
import { checkSavedInversion } from "./effects.ts";
import { withEstimate, workOf } from "./estimate.ts";
import { type ClipOptions, frameCount, type Input, openInput, readClip } from "./input.ts";
import { asPhase } from "./invert-clip.ts";
import { openModel } from "./open-model.ts";
import { checkEdit } from "./plan.ts";
import type { Session } from "./session.ts";
import { inputSize, missingSource, termsOf } from "./terms.ts";
import { usageError } from "./usage.ts";
import { checkWritable } from "./writable.ts";

/** A tenth of eight frames in fifty steps, and less of longer clips. */
const FRAMES = 4;
const STEPS = 10;

/** Options that a preview would not follow, since it writes one picture and no video. */
const USELESS = { saveMaps: "--save-maps", mapsEvery: "--maps-every", compare: "--compare" } as const;

/** Where the preview goes: OUT itself if it is an image, else beside it: `blue.mp4` → `blue.preview.png`. */
export function previewPath(out: string): string {
  const path = out.replace(/[/\\]+$/, "");
  const extension = extname(path);
  if ([".png", ".jpg", ".jpeg"].includes(extension.toLowerCase()) && path === out) return out;
  return `${extension && path === out ? path.slice(0, -extension.length) : path}.preview.png`;
}

/** Chooses frames spread evenly over those that the options take. */
export function previewRange(available: number, options: ClipOptions): ClipOptions {
  const frames = Math.min(FRAMES, available);
  const spacing = Math.max(1, Math.floor(available / FRAMES));
  return { ...options, frames, stride: (options.stride ?? 1) * spacing };
}

function checkPreview(options: EditCommandOptions): void {
  const useless = [
    ...Object.entries(USELESS).flatMap(([key, flag]) =>
      options[key as keyof typeof USELESS] === undefined ? [] : [flag],
    ),
    ...(options.saveLatents === undefined ? [] : ["--save-latents"]),
    ...(options.audio === false ? ["--no-audio"] : []),
    ...(options.resume === false ? ["--no-resume"] : []),
  ];
  if (useless.length === 0) return;
  throw usageError(
    `${useless.join(" and ")} would have no effect: with --preview one picture is written, and nothing else.`,
    "Leave it out, or leave out --preview.",
  );
}

/** The few frames of a preview: read from the clip, or decoded from a saved inversion, which does not hold them. */
async function previewClip(
  model: Model,
  input: Input,
  size: { readonly width: number; readonly height: number },
  options: ClipOptions,
  { signal, report }: Session,
): Promise<Video> {
  if (input.kind === "clip") {
    const range = previewRange(frameCount(input, options), options);
    return await asPhase(report, "read", () => readClip(input.path, size, range, signal));
  }
  const clean = latentsAt(input.inversion, 0);
  const chosen = spread(clean.shape[0]!, FRAMES).map((f) => slice0(clean, f, f + 1));
  const images = await asPhase(report, "read", () => decodeLatents(model, concat0(chosen), { signal }));
  return { frames: imagesToFrames(images), fps: input.inversion.fps };
}

function drawPreview({ frames: source }: Video, { prompt, steps }: Inversion, result: EditResult) {
  const { masks, plan, frames } = result;
  const mask = masks && meanMask(masks);
  const shown = mask && source.map((frame, f) => maskOver(frame, mask, f));
  return drawSheet({
    title: `Preview in ${steps} steps${mask ? "" : ", no mask"}`,
    rows: [
      { label: "source", note: prompt, frames: source },
      { label: "result", note: plan.target.text, frames },
      ...(shown ? [{ label: "mask", note: "bright: what may change", frames: shown }] : []),
    ],
  });
}

/** `fatezero edit --preview`: a few frames in a few steps, as one picture. Returns its path. */
export async function previewCommand(
  path: string,
  options: EditCommandOptions,
  session: Session,
): Promise<string> {
  const { signal, report } = session;
  checkPreview(options);
  const out = previewPath(options.out);
  const attend = frameList(options.attend);
  await checkOutput(options.out, { input: path });
  await checkOutput(out, { input: path });
  await checkWritable(out);
  const input = await openInput(path);
  if (input.kind === "inversion") checkSavedInversion(path, input.inversion, { ...options, attend });
  else if (options.source === undefined) throw missingSource();

  const model = await openModel(options, input, session);
  const size = inputSize(model, input, options);
  const terms = { ...termsOf(model, input, { ...options, attend }), steps: options.steps ?? STEPS };
  const checked = await checkEdit(model, terms, size, editOptions(options));
  announceInput(report, model, input, size, previewOptions(input, options), terms);
  announcePlan(report, checked);
  announceSettings(report, terms, checked);

  const clip = await previewClip(model, input, size, options, session);
  const work = workOf(terms.steps, checked.plan, checked.settings.guidance);
  const onEvent = withEstimate(report, model, work);
  const count = clip.frames.length;
  const { frames: attendTo, leastChannels } = terms.settings.attend;
  const inverting = invert(model, clip, {
    prompt: terms.prompt,
    steps: terms.steps,
    attend: attendTo,

    groupNorm: terms.settings.groupNorm,
    ...defined({ leastChannels, compat: terms.settings.compat ?? undefined }),
    size: Math.min(size.width, size.height),
    signal,
  });
  for await (const event of inverting) await onEvent(event, count);
  const inversion = await inverting;
  const editing = edit(model, inversion, { ...checked.options, keepMasks: true, signal });
  for await (const event of editing) await onEvent(event, count);
  const result = await editing;
  await asPhase(report, "write", () =>
    writeVideo(out, [drawPreview(clip, inversion, result)], { fps: 1, signal }),
  );
  return out;
}

/** The options as they choose the preview's frames, for the line that tells of the input. */
function previewOptions(input: Input, options: ClipOptions): ClipOptions {
  return input.kind === "inversion" ? options : previewRange(frameCount(input, options), options);
}
