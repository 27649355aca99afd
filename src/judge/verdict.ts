/** Judgement of a finished job by measured numbers: what looks wrong, and which field of the request to turn. Pure. */

import { add, lower, raise, say, type Text, the } from "../say.ts";

/** What was measured; null where there is nothing to measure. PSNR in dB over 8-bit values, infinite where equal. */
export interface Measurements {
  /** The VAE's own fidelity: source frames against their encoding and decoding. */
  readonly vaePsnr: number | null;
  /** How far free sampling would miss the source: error of the clean latents, as a share of their spread. */
  readonly drift: number | null;
  /** Mean share of the picture in which the mask lets the edit have its own way, 0…1. */
  readonly maskShare: number | null;
  /** The share that is left however high a threshold is, where the threshold is high; 0 elsewhere. */
  readonly leastMaskShare?: number;
  /** The result against the source, both as the VAE shows them. */
  readonly changePsnr: number | null;
  /** The same outside the mask, in what should be kept. */
  readonly keptPsnr: number | null;
  /** Of a removal: share of what lay behind that other frames show, 0…1. */
  readonly shownShare?: number;
}

export type VerdictCode =
  | "not-reconstructed"
  | "mask-empty"
  | "mask-full"
  | "nothing-changed"
  | "everything-changed"
  | "made-up";

/** Something that looks wrong. */
export interface Verdict {
  readonly code: VerdictCode;
  /** What was seen, with its number. */
  readonly message: string;
  /** What to turn, for each surface to word. */
  readonly remedy: Text;
}

/** What judging needs to know of the job. */
export interface JudgedEdit {
  /** Whether the prompts say the same: then nothing is meant to change. */
  readonly samePrompts: boolean;
  /** Whether all of the picture is meant to change: no mask, or a change of style. */
  readonly wholePicture: boolean;
}

/** Where a number begins to look wrong (docs/events.md says how they were found). */
export const VERDICT_LIMITS = {
  /** Lowest PSNR of the VAE's way there and back that still shows what the clip shows. */
  vaePsnr: 17,
  /** Largest drift at which free sampling still gives the source back in its main features. */
  drift: 0.3,
  /** A mask smaller than this share of the picture lets nothing change. */
  maskEmpty: 0.003,
  /** A mask larger than this share keeps nothing. */
  maskFull: 0.9,
  /** Above this PSNR a person sees no difference. */
  nothingChanged: 36,
  /** Below this PSNR outside the mask, the rest of the picture is another one. */
  everythingChanged: 13,
  /** A smaller share of a removal's hole that no frame shows is not worth a word. */
  madeUp: 0.005,
} as const;

const percent = (share: number): string =>
  `${share > 0 && share < 0.01 ? (share * 100).toFixed(2) : Math.round(share * 100)} %`;
const decibels = (psnr: number): string => (Number.isFinite(psnr) ? `${psnr.toFixed(1)} dB` : "equal");

/** Judges an inversion: whether it gives the source back. */
export function judgeInversion({ vaePsnr, drift }: Pick<Measurements, "vaePsnr" | "drift">): Verdict[] {
  const code = "not-reconstructed";
  if (vaePsnr !== null && vaePsnr < VERDICT_LIMITS.vaePsnr) {
    return [
      {
        code,
        message: `The model cannot show this clip: its VAE alone gives the source back with ${decibels(vaePsnr)} only.`,
        remedy: say`${raise("size")}, or name a model that knows such pictures by ${the("model")}.`,
      },
    ];
  }
  if (drift === null || drift <= VERDICT_LIMITS.drift) return [];
  return [
    {
      code,
      message: `The inversion does not lead back to the source: sampling from it would miss the source by about ${percent(drift)} of its contrast.`,
      remedy: say`${raise("steps")}, or describe the video more exactly with ${the("source")}.`,
    },
  ];
}

/** Judges an edit by its mask and by what has changed. */
export function judgeEdit(measured: Measurements, { samePrompts, wholePicture }: JudgedEdit): Verdict[] {
  const { maskShare, leastMaskShare = 0, changePsnr, keptPsnr, shownShare = 1 } = measured;
  const verdicts: Verdict[] = [];
  const tell = (code: VerdictCode, message: string, remedy: Text): void => {
    verdicts.push({ code, message, remedy });
  };
  if (maskShare !== null && maskShare < Math.max(VERDICT_LIMITS.maskEmpty, 1.001 * leastMaskShare)) {
    tell(
      "mask-empty",
      `The mask is all but empty: it covers ${percent(maskShare)} of the picture, so hardly anything may change.`,
      say`${lower("maskThreshold")}, or name other words of the source with ${the("maskWords")}.`,
    );
  }
  if (maskShare !== null && maskShare > VERDICT_LIMITS.maskFull) {
    tell(
      "mask-full",
      `The mask is full: it covers ${percent(maskShare)} of the picture, so nothing is kept.`,
      say`${raise("maskThreshold")}, or name the words that should change with ${the("maskWords")}.`,
    );
  }
  if (changePsnr !== null && changePsnr > VERDICT_LIMITS.nothingChanged && !samePrompts) {
    tell(
      "nothing-changed",
      `Nothing changed: the result and the source differ by no more than the eye can see (${decibels(changePsnr)}).`,
      say`${raise("strength")}, ${lower("crossSteps")}, ${lower("selfSteps")}, or ${raise("guidance")}.`,
    );
  }
  if (keptPsnr !== null && keptPsnr < VERDICT_LIMITS.everythingChanged && !wholePicture) {
    tell(
      "everything-changed",
      `Everything changed: what the mask leaves out has ${decibels(keptPsnr)} to the source only.`,
      say`${lower("strength")}, ${lower("guidance")}, ${raise("selfSteps")}, or ${add("latentBlend")}.`,
    );
  }
  if (1 - shownShare > VERDICT_LIMITS.madeUp) {
    tell(
      "made-up",
      `Of what was behind, other frames show ${percent(shownShare)}; the other ${percent(1 - shownShare)} is made up.`,
      say`${raise("frames")} or ${raise("stride")}, so that some frame shows it.`,
    );
  }
  return verdicts;
}
