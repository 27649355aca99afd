import type { ModelParts } from "../checkpoint/index.ts";
import { defined } from "../defined.ts";
import { checkModel } from "../edit/index.ts";
import { type LoadOptions, loadModel } from "../pipeline/index.node.ts";
import type { Model } from "../pipeline/index.ts";
import { MODEL, type ModelOptions, pickFields } from "../request/index.ts";
import { asPhase } from "./as-phase.ts";
import type { Report } from "./events.ts";
import type { Input } from "./input.ts";
import { reportDownload } from "./report-download.ts";
import { requireNamed } from "./require-named.ts";
import type { Session } from "./session.ts";

export const DEFAULT_MODEL = "tinytown";

/** What is added to a model, of all that a request says of it. */
export function partsIn(options: ModelOptions): ModelParts {
  const {
    model: _,
    lowMemory: __,
    maxMemory: ___,
    chunk: ____,
    device: _____,
    precision: ______,
    ema,
    ...parts
  } = pickFields(MODEL, options);
  return { ...parts, ...(ema ? { ema } : {}) };
}

/** What the options name; where they name nothing, what a saved inversion may name by itself, else the embedded model. */
function choose(options: ModelOptions, input: Input): { readonly name: string; readonly parts: ModelParts } {
  const parts = partsIn(options);
  if (options.model !== undefined || input.kind === "clip")
    return { name: options.model ?? DEFAULT_MODEL, parts };
  const { name, parts: made = {} } = input.inversion.model;
  const own = Object.keys(parts).length === 0 ? { name, parts: made } : { name, parts };
  requireNamed(input.path, name, own.parts === made ? made : {});
  return own;
}

/** How a request trades memory for speed; what says nothing leaves it to the model. */
export function memoryOf({ lowMemory }: Pick<ModelOptions, "lowMemory">): Pick<LoadOptions, "memory"> {
  return lowMemory === undefined ? {} : { memory: lowMemory ? "lowMemory" : "fast" };
}

/** Tells where a model computes, unless that goes without saying. */
function reportDevice({ engine }: Model, { device }: ModelOptions, report: Report): void {
  const { precision } = engine.lowering;
  if (device === undefined && engine.device === "cpu" && precision === "fp32") return;
  const why = engine.reason === "" ? "" : `: ${engine.reason}`;
  report({ type: "fact", name: "device", text: `${engine.device}, ${precision}${why}` });
}

/**
 * Loads the model asked for and tells what is to be known of it. A hub id that the cache lacks is downloaded, unless
 * `mayDownload` says otherwise. Throws `model-not-named` where only a saved inversion names it.
 */
export async function openModel(
  options: ModelOptions,
  input: Input,
  session: Session,
  mayDownload: Pick<LoadOptions, "mayDownload"> = {},
): Promise<Model> {
  const { report, signal } = session;
  const { name, parts } = choose(options, input);
  const load = session.loadModel ?? loadModel;
  const { device, precision } = options;
  const how = { ...memoryOf(options), ...defined({ device, precision }) } as const;
  const loading = { ...parts, ...mayDownload, ...how, signal, onEvent: reportDownload(report) } as const;
  const model = await asPhase(report, "open", () => load(name, loading), name);
  if (!session.loadModel) session.defer(() => model.close());
  signal.throwIfAborted();
  reportDevice(model, options, report);
  if (input.kind === "inversion") checkModel(model, input.inversion, input.path);
  for (const note of model.checkpoint.notes ?? []) report({ type: "warning", ...note });
  return model;
}
