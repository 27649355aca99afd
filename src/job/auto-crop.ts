import { meanOfWords, prepareEdit } from "../edit/index.ts";
import { leaveOut, say, the } from "../say.ts";
import { type FloatTensor, floatTensor } from "../tensor/index.ts";
import { asPhase } from "./as-phase.ts";
import { baselineOf } from "./baseline/effects.ts";
import { boxOf, cropAround } from "./crop-box.ts";
import type { OneEdit } from "./edits/variants.ts";
import { readHandMasks } from "./hand-masks.ts";
import { frameCount, readClip } from "./input.ts";
import { invertClip, partsAt } from "./invert-clip.ts";
import { checkMemory } from "./memory.ts";
import { checkEdit } from "./plan.ts";
import { inputSize, prepare } from "./prepare.ts";
import type { Prepared } from "./prepared.ts";
import type { Session } from "./session.ts";
import { usageError } from "./usage.ts";
import { editOptions } from "./used.ts";

/** What `crop` says where the part is to be found. */
const AUTO = "auto";
/** Frames and steps of the look at a clip in which its thing is found. */
const FRAMES = 16;
const STEPS = 10;
/** τ of the mean maps of the words, which are wide: a position's neighbours count as it does. */
const WORDS = 0.5;

export const asksForCrop = ({ crop }: Pick<OneEdit, "crop">): boolean => crop === AUTO;

/** Refuses, before anything is opened, a part that is to be found where nothing looks for it. */
export function checkAutoCrop(request: OneEdit): void {
  if (!asksForCrop(request)) return;
  const { method, compat, regions } = request;
  const beside = compat ? the("compat") : regions ? the("regions") : null;
  const other = baselineOf(request) !== null ? the("method", method) : beside;
  if (other === null) return;
  throw usageError(
    say`${the("crop", AUTO)} is not for ${other}: nothing looks there for what is edited.`,
    say`Give the pixels to cut off, or ${leaveOut("crop")}.`,
  );
}

const above = ({ shape, data }: FloatTensor, tau: number): FloatTensor =>
  floatTensor(
    shape,
    data.map((value) => Number(value > tau)),
  );

/** Frames spread over the whole of what is edited. */
function someFrames({ input }: Prepared, request: OneEdit) {
  const available = frameCount(input, request);
  const spacing = Math.max(1, Math.ceil(available / FRAMES));
  return {
    frames: Math.max(1, Math.ceil(available / spacing)),
    stride: (request.stride ?? 1) * spacing,
  };
}

/**
 * Where the words are that the edit speaks of, by a quick inversion [F, h, w]: they tell better than masks of the difference,
 * which is the edit's own where it speaks of none.
 */
async function look(prepared: Prepared, request: OneEdit, session: Session): Promise<FloatTensor> {
  const { input, model, terms, size } = prepared;
  const { signal } = session;
  const silent = { ...session, report: () => {} };
  const quick = { ...terms, steps: Math.min(STEPS, terms.steps) };
  // Of so few steps a share may be none, and nothing is guided here.
  const { guidanceSteps: _, reuseDeep: __, ...options } = editOptions(request);
  const planned = await checkEdit(model, quick, size, options);
  const some = someFrames(prepared, request);
  const clip = await readClip(input.path, size, { ...request, ...some }, signal);
  const spacing = some.stride / (request.stride ?? 1);
  const parts = partsAt(
    prepared,
    clip.frames.map((_, k) => k * spacing),
  );
  const alone = { ...prepared, ...parts, terms: quick, keepSource: false };
  const inversion = await invertClip(clip, alone, silent, async () => {});
  const { sourceTokens } = planned.plan.mask;
  if (sourceTokens.length > 0) return above(meanOfWords(inversion, sourceTokens), WORDS);
  const { mask } = await prepareEdit(model, inversion, planned, null, signal);
  const [h, w] = inversion.latents.shape.slice(-2) as [number, number];
  return mask ? mask.used(0)(h, w) : floatTensor([1, h, w]);
}

/** Where the edit will be, in some frames of the clip [F, h, w]: a person's mask, or what a look at it finds. */
async function areaOf(prepared: Prepared, request: OneEdit, session: Session): Promise<FloatTensor> {
  const { model, terms, size } = prepared;
  const silent = { ...session, report: () => {} };
  const masks = await readHandMasks(request, prepared, request, silent);
  const checked = await checkEdit(model, terms, size, { ...editOptions(request), ...masks });
  const { hand, plan, hasMask } = checked;
  if (hand?.mask && hand.mode !== "add") return above(hand.mask, 0);
  if (plan.mask.sourceTokens.length === 0 && !hasMask) {
    throw usageError(
      say`${the("crop", AUTO)} looks for the thing that is edited, and this edit names none: it changes the whole picture.`,
      say`${leaveOut("crop")}, or name words of the source with ${the("maskWords")}.`,
    );
  }
  checkMemory(prepared, request, [checked], someFrames(prepared, request).frames);
  return asPhase(session.report, "check", () => look(prepared, request, session), "where the edit is");
}

/**
 * Opens what an edit names. Where the part that is edited is to be found, it is: the request then has the pixels that are
 * cut off, to be put back.
 */
export async function prepareCropped(
  asked: OneEdit,
  session: Session,
): Promise<{ readonly request: OneEdit; readonly prepared: Prepared }> {
  if (!asksForCrop(asked)) return { request: asked, prepared: await prepare("edit", asked, session) };
  const whole = { ...asked, crop: undefined, fullSize: true };
  const prepared = await prepare("edit", whole, session);
  const { input, model } = prepared;
  // A saved inversion has been refused: it is cut already.
  if (input.kind === "inversion") return { request: whole, prepared };
  const box = boxOf(await areaOf(prepared, whole, session));
  const { width, height } = input.info;
  const part = box && cropAround(box, { width, height }, model.size);
  if (!part) {
    const why = box ? "what is edited fills it" : "nothing was found that could be cut out";
    session.report({ type: "fact", name: "crop", text: `none, the whole ${width}x${height}: ${why}` });
    return { request: whole, prepared };
  }
  const right = width - part.left - part.width;
  const bottom = height - part.top - part.height;
  const crop = [part.left, right, part.top, bottom].join(",");
  const request = { ...whole, crop };
  const size = inputSize(model, input, request);
  const text = say`${part.width}x${part.height} of ${width}x${height}, worked on at ${size.width}x${size.height}: ${the("crop", crop)}`;
  session.report({ type: "fact", name: "crop", text });
  return { request, prepared: { ...prepared, size } };
}
