import type { EditJobOptions, Inversion, PlannedEdit } from "../edit/index.ts";
import type { EditPlan, Tokenizer } from "../prompt/index.ts";
import { formatFrameList } from "./format.ts";
import { flagOf, usageError } from "./usage.ts";

/** Options of the command line that say how an inversion is made. */
export interface InversionOptions {
  readonly source?: string | undefined;
  readonly steps?: number | undefined;
  readonly attend?: Inversion["settings"]["attend"]["frames"] | undefined;
  readonly compat?: "fatezero" | undefined;
}

const CLIP_KEYS = ["frames", "start", "stride", "size", "fps", "from", "to", "crop", "background"] as const;

/** A saved inversion has its frames, prompt and method: options that say otherwise are refused, never ignored. */
export function checkSavedInversion(
  path: string,
  { prompt, steps, settings }: Inversion,
  options: InversionOptions & { readonly [Key in (typeof CLIP_KEYS)[number]]?: number | string | undefined },
): void {
  const useless = CLIP_KEYS.filter((key) => options[key] !== undefined).map(flagOf);
  if (useless.length > 0) {
    throw usageError(
      `${useless.join(" and ")} would have no effect: the saved inversion "${path}" has its frames already.`,
      "Leave it out, or give the video as the input.",
    );
  }
  const differs = (flag: string, given: unknown, made: string): Error =>
    usageError(
      `${flag} ${given} does not fit: the saved inversion "${path}" was made with ${made}.`,
      `Leave ${flag} out, or invert the video again.`,
    );
  if (options.source !== undefined && options.source.trim() !== prompt.trim())
    throw differs("--source", `"${options.source}"`, `the prompt "${prompt}"`);
  if (options.steps !== undefined && options.steps !== steps)
    throw differs("--steps", options.steps, `${steps}`);
  const attend = formatFrameList(settings.attend.frames);
  if (options.attend !== undefined && formatFrameList(options.attend) !== attend)
    throw differs("--attend", formatFrameList(options.attend), attend);
  if (options.compat !== undefined && options.compat !== settings.compat)
    throw differs(
      "--compat",
      options.compat,
      settings.compat ? `--compat ${settings.compat}` : "no --compat",
    );
}

function noEffect(flag: string, because: string, remedy: string): Error {
  return usageError(`${flag} would have no effect: ${because}.`, remedy);
}

/** Whether an edit has a mask at all: of words, or of the predictions. */
export function hasMask({ plan, settings }: Pick<PlannedEdit, "plan" | "settings">): boolean {
  return plan.mask.sourceTokens.length > 0 || settings.maskFrom === "difference";
}

/** Refuses options that a planned edit would not use. */
export function checkEffects(tokenizer: Tokenizer, planned: PlannedEdit, options: EditJobOptions): void {
  const { guidance } = planned.settings;
  if (options.negative !== undefined && guidance <= 1) {
    const remedy = "Set --guidance above 1, such as 7.5.";
    throw noEffect("--negative", `there is no guidance at ${guidance}`, remedy);
  }
  checkMaskOptions(planned, options);
  checkAmplification(tokenizer, planned.plan);
}

/** The options that say what the mask is, or use it, as far as they were given. */
function maskFlags({ maskFrom, maskWords, maskThreshold, latentBlend }: EditJobOptions): string[] {
  const given: readonly (readonly [flag: string, isGiven: boolean])[] = [
    ["--mask-words", typeof maskWords === "object"],
    ["--mask-from", maskFrom !== undefined],
    ["--latent-blend", latentBlend === true],
    ["--mask-threshold", maskThreshold !== undefined],
  ];
  return given.filter(([, isGiven]) => isGiven).map(([flag]) => flag);
}

function checkMaskOptions(planned: PlannedEdit, options: EditJobOptions): void {
  const { plan, settings } = planned;
  const [flag] = maskFlags(options);
  if (flag === undefined) return;
  if (!hasMask(planned)) {
    const remedy = "Name words of the source with --mask-words, or leave it out.";
    throw noEffect(flag, "no word makes a mask", remedy);
  }
  if (settings.maskThreshold >= 1 && flag !== "--mask-threshold") {
    const because = `with a mask threshold of ${settings.maskThreshold} the source's self-attention replaces all`;
    throw noEffect(flag, because, "Add a --mask-threshold below 1 such as 0.3.");
  }
  if (!settings.latentBlend && !plan.steps.some(({ self }) => self)) {
    const remedy = "Raise --self-steps, or leave it out.";
    throw noEffect(flag, "no step keeps the source's self-attention", remedy);
  }
}

/** Amplification acts where cross-attention is fused only. */
function checkAmplification(
  tokenizer: Tokenizer,
  { amplification, control, length, steps, target }: EditPlan,
): void {
  for (const [n, factor] of amplification.entries()) {
    if (factor === 1) continue;
    const open = steps.some((_, row) => control.crossWindows[row * length + n] === 1);
    if (open) continue;
    const word = tokenizer.decodeToken(target.ids[n]!).trim();
    throw noEffect(
      `--amplify ${word}`,
      `a word is amplified in the steps of its --cross-steps, and "${word}" has none`,
      "Raise --cross-steps, or leave it out.",
    );
  }
}
