import { defined } from "../defined.ts";
import { type Model, resolveMethod } from "../pipeline/index.ts";
import type { InversionOptions } from "./effects.ts";
import type { ClipOptions, Input } from "./input.ts";
import { workingSize } from "./input.ts";
import type { InversionTerms } from "./plan.ts";
import { usageError } from "./usage.ts";

const DEFAULT_STEPS = 50;

/** Prompt, steps and method of the inversion: those of a saved one, or as the options say. */
export function termsOf(model: Model, input: Input, options: InversionOptions): InversionTerms {
  if (input.kind === "inversion") return input.inversion;
  const { source, steps = DEFAULT_STEPS, attend, compat } = options;
  if (source === undefined) throw missingSource();
  return { prompt: source, steps, settings: resolveMethod(model, defined({ attend, compat })) };
}

/** A clip needs a sentence that describes it. */
export function missingSource(): Error {
  return usageError(
    "required option '-s, --source <prompt>' not specified:",
    "only a saved inversion knows what its video shows.",
  );
}

/** Size in pixels at which the model works on the input. */
export function inputSize(
  model: Model,
  input: Input,
  options: ClipOptions,
): { readonly width: number; readonly height: number } {
  if (input.kind === "clip") return workingSize(model, input.info, options);
  const [height, width] = input.inversion.latents.shape.slice(-2) as [number, number];
  return { width: width * model.vae.downscale, height: height * model.vae.downscale };
}
