import { loadModel, type Model } from "../edit/index.ts";
import { FateZeroError } from "../errors.ts";
import type { Input } from "./input.ts";
import type { Session } from "./session.ts";

const DEFAULT_MODEL = "tinytown";

/** Loads the model asked for; by default the one that made a saved inversion, else the embedded one. */
export async function openModel(name: string | undefined, input: Input, session: Session): Promise<Model> {
  const made = input.kind === "inversion" ? input.inversion.model.name : undefined;
  const model = await loadModel(name ?? made ?? DEFAULT_MODEL).catch((error: unknown) => {
    if (name !== undefined || made === undefined || !(error instanceof FateZeroError)) throw error;
    throw new FateZeroError(
      error.code,
      `The model that made "${input.path}" was called "${made}", and that cannot be loaded from here:`,
      `${error.message} Name it by --model.`,
      { cause: error },
    );
  });
  session.defer(() => model.close());
  session.signal.throwIfAborted();
  return model;
}
