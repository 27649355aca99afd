import { checkModel } from "../edit/index.ts";
import { FateZeroError } from "../errors.ts";
import { loadModel } from "../pipeline/index.node.ts";
import type { Model } from "../pipeline/index.ts";
import type { Input } from "./input.ts";
import { type ModelOptions, modelParts } from "./model-options.ts";
import { reportDownload } from "./report-download.ts";
import type { Session } from "./session.ts";

const DEFAULT_MODEL = "tinytown";

/** What the options name; where they name nothing, the model that made a saved inversion, else the embedded one. */
function choose(options: ModelOptions, input: Input) {
  const parts = modelParts(options);
  const made = input.kind === "inversion" ? input.inversion.model : null;
  const isMade = made !== null && options.model === undefined;
  const isOwn = isMade && Object.keys(parts).length === 0;
  return {
    name: options.model ?? made?.name ?? DEFAULT_MODEL,
    parts: isOwn ? (made.parts ?? {}) : parts,
    /** Nothing was named: it is the inversion's own. */
    isOwn,
  };
}

/** Loads the model asked for, downloading it where it is a hub id that the cache lacks, and tells what is to be known of it. */
export async function openModel(options: ModelOptions, input: Input, session: Session): Promise<Model> {
  const { report, signal } = session;
  const { name, parts, isOwn } = choose(options, input);
  const loading = loadModel(name, { ...parts, signal, onEvent: reportDownload(report) });
  const model = await loading.catch((error: unknown) => {
    if (!isOwn || !(error instanceof FateZeroError)) throw error;
    throw new FateZeroError(
      error.code,
      `The model that made "${input.path}" was called "${name}", and that cannot be loaded from here:`,
      `${error.message} Name it by --model, and with it all that was added (--lora, --embedding, --vae).`,
      { cause: error },
    );
  });
  session.defer(() => model.close());
  signal.throwIfAborted();
  if (input.kind === "inversion") checkModel(model, input.inversion);
  for (const note of model.checkpoint.notes ?? []) report({ type: "warning", ...note });
  return model;
}
