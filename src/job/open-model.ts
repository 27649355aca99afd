import type { ModelParts } from "../checkpoint/index.ts";
import { checkModel } from "../edit/index.ts";
import { FateZeroError, textOf } from "../errors.ts";
import { loadModel } from "../pipeline/index.node.ts";
import type { Model } from "../pipeline/index.ts";
import { MODEL, type ModelOptions, pickFields } from "../request/index.ts";
import { say, the } from "../say.ts";
import { asPhase } from "./as-phase.ts";
import type { Input } from "./input.ts";
import { reportDownload } from "./report-download.ts";
import type { Session } from "./session.ts";

const DEFAULT_MODEL = "tinytown";

/** What is added to a model, of all that a request says of it. */
export function partsIn(options: ModelOptions): ModelParts {
  const { model: _, lowMemory: __, memoryLimit: ___, ema, ...parts } = pickFields(MODEL, options);
  return { ...parts, ...(ema ? { ema } : {}) };
}

/** What the options name; where they name nothing, the model that made a saved inversion, else the embedded one. */
function choose(options: ModelOptions, input: Input) {
  const parts = partsIn(options);
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
  const memory = options.lowMemory ? "lowMemory" : "fast";
  const load = session.loadModel ?? loadModel;
  const loading = { ...parts, memory, signal, onEvent: reportDownload(report) } as const;
  const model = await asPhase(report, "open", () => load(name, loading), name).catch((error: unknown) => {
    if (!isOwn || !(error instanceof FateZeroError)) throw error;
    throw new FateZeroError(
      error.code,
      `The model that made "${input.path}" was called "${name}", and that cannot be loaded from here:`,
      say`${textOf(error)} Name it by ${the("model")}, and with it all that was added (${the("lora")}, ${the("embeddings")}, ${the("vae")}).`,
      { cause: error },
    );
  });
  if (!session.loadModel) session.defer(() => model.close());
  signal.throwIfAborted();
  if (input.kind === "inversion") checkModel(model, input.inversion, input.path);
  for (const note of model.checkpoint.notes ?? []) report({ type: "warning", ...note });
  return model;
}
