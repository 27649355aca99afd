import { defined } from "../defined.ts";
import { framesOf, type Inversion } from "../edit/index.ts";
import type { Model } from "../pipeline/index.ts";
import type { NullTextOptions } from "../request/index.ts";
import type { StateStore } from "../resume/index.ts";
import { nullText, nullTextGuidance } from "../tune/index.ts";
import type { OnJobEvent } from "./estimate.ts";
import type { Session } from "./session.ts";

/** Runs of the UNet that an iteration takes, forth and back. */
const RUNS = 3;

/** Runs of the UNet that null-text inversion takes at most, in so many steps: two more at each for the step itself. */
export const nullTextWork = ({ nullText: iterations }: NullTextOptions, steps: number): number =>
  iterations === undefined ? 0 : RUNS * steps * (iterations + 2);

/** The guidance scale that it is optimised for. */
export const chosenGuidance = (model: Model, { nullTextGuidance: given }: NullTextOptions): number =>
  given ?? nullTextGuidance(model);

/** The inversion with null-text embeddings where the request asks for them. */
export async function withNullText(
  model: Model,
  inversion: Inversion,
  request: NullTextOptions,
  { store }: { readonly store?: StateStore | undefined },
  { signal }: Session,
  onEvent: OnJobEvent,
): Promise<Inversion> {
  if (request.nullText === undefined) return inversion;
  const job = nullText(model, inversion, {
    iterations: request.nullText,
    guidance: chosenGuidance(model, request),
    perFrame: request.nullTextPerFrame ?? false,
    checkpointing: model.engine.memory === "lowMemory",
    ...defined({ store }),
    signal,
  });
  for await (const event of job) await onEvent(event, framesOf(inversion));
  return await job;
}
