import { defined } from "../defined.ts";
import { FateZeroError } from "../errors.ts";
import { spread } from "../spread.ts";
import { checkedFrame, type Frame, type GivenFrame } from "../video/index.ts";

/** A sentence that may describe frames. */
export interface Caption {
  readonly text: string;
  /** How well it goes with the frames, the higher the better; comparable within one description only. */
  readonly score: number;
}

/** How frames are described. */
export interface CaptionOptions {
  /**
   * Sentences that are followed at a time while one is looked for; 1 is greedy.
   * @default BLIP: what the model's generation_config.json says, else 3; a model's own sentences: 4
   */
  readonly beams?: number;
  readonly signal?: AbortSignal;
}

/** Something that says in a sentence what frames show. */
export interface Captioner extends AsyncDisposable {
  readonly name: string;
  /** A network that writes sentences, or the sentences that a model was taught, of which it chooses. */
  readonly kind: "blip" | "form";
  /** Frames of a clip that it looks at, at most. */
  readonly looksAt: number;
  /** Sentences that may describe the frames, best first. @internal */
  captions(frames: readonly Frame[], options: CaptionOptions): Promise<readonly Caption[]>;
  /** Ends the process that computes. It can be used again afterwards. */
  close(): Promise<void>;
}

/** What a clip shows, in a sentence. */
export interface Description {
  readonly caption: string;
  /** The sentences that were weighed last, best first. */
  readonly candidates: readonly Caption[];
  /** Numbers of the frames that were looked at. */
  readonly frames: readonly number[];
}

const MAX_BEAMS = 16;

/**
 * Says in one sentence what a clip shows, as the source prompt of an edit does: of some frames, spread over the clip, the
 * sentence that goes best with all of them. Frames may differ in size.
 *
 * @throws FateZeroError `no-frames`, `bad-frame`, `bad-argument`, `caption-empty` where the model has nothing to say, and
 *   what the runtime throws
 *
 * @example
 * await using captioner = await loadCaptioner("Salesforce/blip-image-captioning-base");
 * const { caption } = await describe(captioner, await readVideo("clip.mp4"));
 */
export async function describe(
  captioner: Captioner,
  clip: { readonly frames: readonly GivenFrame[] },
  { beams, signal }: CaptionOptions = {},
): Promise<Description> {
  const given: unknown = clip?.frames;
  if (!Array.isArray(given) || given.length === 0)
    throw new FateZeroError("no-frames", "There are no frames to describe.", "Give at least one.");
  if (beams !== undefined && !(Number.isInteger(beams) && beams >= 1 && beams <= MAX_BEAMS))
    throw new FateZeroError(
      "bad-argument",
      `describe was given ${beams} beams.`,
      `Give a whole number from 1 to ${MAX_BEAMS}.`,
    );
  const frames = spread(given.length, captioner.looksAt);
  const seen = frames.map((f) => checkedFrame(given[f] as GivenFrame, f).frame);
  const candidates = await captioner.captions(seen, defined({ beams, signal }));
  const best = candidates[0];
  if (best === undefined || best.text === "")
    throw new FateZeroError(
      "caption-empty",
      `${captioner.name} has no words for what the frames show.`,
      "Write the sentence yourself, or take another captioning model.",
    );
  return { caption: best.text, candidates, frames };
}
