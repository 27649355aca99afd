import { defined } from "../defined.ts";
import { type Inversion, invert } from "../edit/index.ts";
import type { Model } from "../pipeline/index.ts";
import type { StateStore } from "../resume/index.ts";
import type { Frame, Video } from "../video/index.ts";
import { asPhase } from "./as-phase.ts";
import type { OnJobEvent } from "./estimate.ts";
import { type Reading, readClip } from "./input.ts";
import type { Prepared } from "./prepared.ts";
import type { Session } from "./session.ts";
import { tellWarnings } from "./video-warning.ts";

/** The inversion that a job works with, and the frames it was made of; null for a saved one, which does not hold them. */
export interface Inverted {
  readonly inversion: Inversion;
  readonly frames: readonly Frame[] | null;
}

/** What an inversion leaves behind beside itself: its state, and what its edits are quicker by. */
interface Keeping {
  readonly store?: StateStore | undefined;
  readonly keepSource?: boolean | undefined;
}

/** Takes a saved inversion as it is, or reads the clip at the working size and inverts it. */
export async function inversionOf(
  { input, model, terms, size }: Prepared,
  reading: Reading,
  { store, keepSource }: Keeping,
  { signal, report }: Session,
  onEvent: OnJobEvent,
): Promise<Inverted> {
  if (input.kind === "inversion") return { inversion: input.inversion, frames: null };
  const clip = await asPhase(
    report,
    "read",
    () => readClip(input.path, size, reading, signal, tellWarnings(report)),
    input.path,
  );
  const inversion = await invertClip(model, clip, { terms, size, store, keepSource }, signal, onEvent);
  return { inversion, frames: clip.frames };
}

/** Inverts a clip whose frames have the working size. */
export async function invertClip(
  model: Model,
  clip: Video,
  { terms, size, store, keepSource }: Pick<Prepared, "terms" | "size"> & Keeping,
  signal: AbortSignal,
  onEvent: OnJobEvent,
): Promise<Inversion> {
  const { attend, groupNorm, compat } = terms.settings;
  const job = invert(model, clip, {
    prompt: terms.prompt,
    steps: terms.steps,
    attend: attend.frames,
    groupNorm,
    ...defined({ leastChannels: attend.leastChannels, compat: compat ?? undefined, store, keepSource }),
    // The frames have their size already: this one leaves them as they are.
    size: Math.min(size.width, size.height),
    signal,
  });
  for await (const event of job) await onEvent(event, clip.frames.length);
  return await job;
}
