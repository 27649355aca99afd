import { defined } from "../defined.ts";
import { type Inversion, invert } from "../edit/index.ts";
import type { CheckedFrames } from "../judge/index.ts";
import { type Model, windowFor, withScenes } from "../pipeline/index.ts";
import type { StateStore } from "../resume/index.ts";
import type { Frame, Video } from "../video/index.ts";
import { asPhase } from "./as-phase.ts";
import type { OnJobEvent } from "./estimate.ts";
import { type Reading, readClip } from "./input.ts";
import { judgeSource } from "./judge.ts";
import type { Prepared } from "./prepared.ts";
import type { Session } from "./session.ts";
import { tellWarnings } from "./video-warning.ts";

/** The inversion that a job works with, and the frames it was made of; null for a saved one, which does not hold them, or where they were let go. */
export interface Inverted {
  readonly inversion: Inversion;
  readonly frames: readonly Frame[] | null;
}

/**
 * An inversion as it is looked at before its edits, and of its frames only what these still need: the pixels of a long clip take
 * memory that an edit needs.
 */
export interface LookedAt {
  readonly inverted: Inverted;
  readonly source: CheckedFrames;
}

/** Inverts as `inversionOf`, looks at what came of it, and lets the frames go where no edit needs them. */
export async function lookedAt(
  model: Model,
  invertIt: () => Promise<Inverted>,
  needsFrames: boolean,
  session: Session,
): Promise<LookedAt> {
  const { inversion, frames } = await invertIt();
  const source = await judgeSource(model, inversion, frames, session);
  return { inverted: { inversion, frames: needsFrames ? frames : null }, source };
}

/** `2: cut before frame 17`, `3: cuts before frames 17 and 40`. */
function scenesText(cuts: readonly number[]): string {
  const many = cuts.length > 1;
  const named = many ? `${cuts.slice(0, -1).join(", ")} and ${cuts.at(-1)}` : `${cuts[0]}`;
  return `${cuts.length + 1}: ${many ? "cuts before frames" : "cut before frame"} ${named}`;
}

/**
 * Where the scenes of some of the frames that a job works on begin, in the numbers of these, and the windows that all of them
 * have, in one of which some may lie.
 */
export function partsAt(
  { input, terms, scenes }: Prepared,
  frames: readonly number[],
): Pick<Prepared, "scenes" | "window"> {
  const window = terms.settings.window ?? "off";
  const own = input.kind === "inversion" ? (terms.settings.cuts ?? "off") : scenes;
  if (typeof own === "string") return { scenes: own, window };
  const cuts = frames.flatMap((f, k) => (own.some((cut) => frames[k - 1]! < cut && cut <= f) ? [k] : []));
  return { scenes: cuts, window };
}

/** What an inversion leaves behind beside itself: its state, and what its edits are quicker by. */
interface Keeping {
  readonly store?: StateStore | undefined;
  readonly keepSource?: boolean | undefined;
}

/** Takes a saved inversion as it is, or reads the clip at the working size and inverts it. */
export async function inversionOf(
  prepared: Prepared,
  reading: Reading,
  keeping: Keeping,
  session: Session,
  onEvent: OnJobEvent,
): Promise<Inverted> {
  const { input, size } = prepared;
  const { signal, report } = session;
  if (input.kind === "inversion") return { inversion: input.inversion, frames: null };
  const clip = await asPhase(
    report,
    "read",
    () => readClip(input.path, size, reading, signal, tellWarnings(report)),
    input.path,
  );
  const inversion = await invertClip(clip, { ...prepared, ...keeping }, session, onEvent);
  return { inversion, frames: clip.frames };
}

/** Inverts a clip whose frames have the working size, and tells where its scenes begin if there are several. */
export async function invertClip(
  clip: Video,
  {
    model,
    terms,
    size,
    scenes,
    window: asked,
    store,
    keepSource,
  }: Pick<Prepared, "model" | "terms" | "size" | "scenes" | "window"> & Keeping,
  { signal, report }: Session,
  onEvent: OnJobEvent,
): Promise<Inversion> {
  const { window: _, ...method } = terms.settings;
  const window = windowFor(model, method, asked, clip.frames.length);
  const settings = { ...method, ...defined({ window }) };
  const { attend, groupNorm, compat, cuts } = withScenes(model, settings, scenes, clip.frames);
  if (cuts) report({ type: "fact", name: "scenes", text: scenesText(cuts) });
  const job = invert(model, clip, {
    prompt: terms.prompt,
    steps: terms.steps,
    attend: attend.frames,
    groupNorm,
    scenes: cuts ?? "off",
    window: window ?? "off",
    ...defined({ leastChannels: attend.leastChannels, compat: compat ?? undefined, store, keepSource }),
    // The frames have their size already: this one leaves them as they are.
    size: Math.min(size.width, size.height),
    signal,
  });
  for await (const event of job) await onEvent(event, clip.frames.length);
  return await job;
}
