import {
  checkNumber,
  checkVae,
  decodeLatents,
  decoderOf,
  imagesToFrames,
  type LatentDecoder,
  type Model,
  type ProgressEvent,
  type Vae,
} from "../pipeline/index.ts";
import { spread } from "../spread.ts";
import { concat0, type FloatTensor, slice0 } from "../tensor/index.ts";
import type { Frame } from "../video/index.ts";

/** Pictures of an edit while it is made. They change nothing of it. */
export interface LiveOptions {
  /** Steps between two of them. @default 5 */
  readonly every?: number;
  /** Frames that are shown, spread over the clip; they stay in memory with the job's events. @default 4 */
  readonly frames?: number;
  /**
   * What decodes them, such as a tiny VAE (TAESD), which is quick. @default the model's own, which takes as long as for the
   * result
   */
  readonly vae?: Vae;
}

/** What an edit will be, by the prediction of a step: the clean latents that it implies, decoded. */
export interface LiveEvent {
  readonly type: "live";
  /** Steps that are done, and of how many. */
  readonly step: number;
  readonly steps: number;
  /** Which of the clip's frames are shown. */
  readonly shown: readonly number[];
  readonly frames: readonly Frame[];
}

/** What `edit` yields while it runs. */
export type EditEvent = ProgressEvent | LiveEvent;

const EVERY = 5;
const FRAMES = 4;

/** Throws FateZeroError on options that cannot be, and on a VAE for other latents than the model's. */
export function checkLive(model: Model, { every = EVERY, frames = FRAMES, vae }: LiveOptions): void {
  checkNumber("The number of steps between live pictures", every, 1, Number.POSITIVE_INFINITY);
  checkNumber("The number of frames of live pictures", frames, 1, Number.POSITIVE_INFINITY);
  if (vae) checkVae(model, vae);
}

/** An edit after some of its steps, and what it will be by then [F, C, h, w]. */
interface Seen {
  readonly step: number;
  readonly steps: number;
  clean(): FloatTensor;
}

/** Decodes some frames of clean latents [F, C, h, w]. */
async function* show(
  decoder: Pick<LatentDecoder, "openDecoder" | "vae">,
  { step, steps, clean }: Seen,
  count: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<LiveEvent, void, void> {
  const latents = clean();
  const shown = spread(latents.shape[0]!, count);
  const some = concat0(shown.map((f) => slice0(latents, f, f + 1)));
  const frames = imagesToFrames(await decodeLatents(decoder, some, { signal }));
  yield { type: "live", step, steps, shown, frames };
}

/** Passes the events of an edit's loop on, with a picture after every so many steps of what `seen` tells. */
export async function* withLive(
  model: Model,
  { every = EVERY, frames = FRAMES, vae }: LiveOptions,
  events: AsyncGenerator<ProgressEvent, void, void>,
  seen: () => Seen,
  signal: AbortSignal | undefined,
): AsyncGenerator<EditEvent, void, void> {
  const own = vae ? decoderOf(model, vae) : null;
  try {
    for await (const event of events) {
      yield event;
      if (event.type !== "step" || event.step % Math.round(every) !== 0) continue;
      yield* show(own ?? model, seen(), frames, signal);
    }
  } finally {
    await own?.close();
  }
}
