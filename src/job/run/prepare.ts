import { join, resolve } from "node:path";
import { type ReadConfig, type RunConfig, readConfig } from "../../config/index.ts";
import { defined } from "../../defined.ts";
import { targetsOf } from "../../edit/index.ts";
import { FateZeroError } from "../../errors.ts";
import { MAX_CONFIG_BYTES } from "../../limits.ts";
import { type Model, scenesFor } from "../../pipeline/index.ts";
import { readText } from "../../read-text.node.ts";
import type { RunRequest } from "../../request/index.ts";
import { checkNotInput, checkOutput, type WriteOptions } from "../../video/index.node.ts";
import { announceInput, announcePlan, announceSettings } from "../announce.ts";
import { asPhase } from "../as-phase.ts";
import { freeCardMemory } from "../card-memory.ts";
import { checkFrames } from "../clip-frames.ts";
import type { Report } from "../events.ts";
import { checkFullSize, type Mounted, type Mounting, mountingOf } from "../full-size.ts";
import { readHandMasks } from "../hand-masks.ts";
import { frameCount, type Input, type Reading } from "../input.ts";
import { mapMaskPaths, maskPaths } from "../mask-paths.ts";
import { checkMemory } from "../memory.ts";
import { announceNeeds } from "../needs.ts";
import { inputSize } from "../prepare.ts";
import type { CheckedEdit, InversionTerms, Prepared } from "../prepared.ts";
import { warnOfWords } from "../real-model.ts";
import { tellReplaced } from "../replaced.ts";
import type { Session } from "../session.ts";
import { soundOf } from "../sound.ts";
import { announceTraining } from "../tune/tune-and-save.ts";
import { clipOptionsOf, locateMasks, openRunInput } from "./input.ts";
import { modelFromAnywhere, openRunModel } from "./model.ts";
import {
  checkRunFolder,
  labelOf,
  numberOf,
  outputsOf,
  type PromptOutput,
  SHEET_NAME,
  titleOfEdit,
} from "./outputs.ts";
import { checkConfigSize, planRun, runTerms } from "./plan.ts";
import { plannedModel, prepareTuning, type RunTuning, tunedPath } from "./tuning.ts";

/** A run with everything decided. */
export interface Run extends Prepared {
  readonly config: RunConfig;
  readonly reading: Reading;
  readonly edits: readonly CheckedEdit[];
  readonly outputs: readonly PromptOutput[];
  /** What of each result is the input's own, beside the edit; null where it is the edit alone. */
  readonly mounted: readonly (Mounted | null)[];
  /** How the frames around the edits are read, for each result. */
  readonly mountings: readonly Mounting[];
  /** What is tuned first; `model` is then what to plan by, and not yet there. */
  readonly tuning: RunTuning | null;
  /** The sound that goes along with every result. */
  readonly audio: NonNullable<WriteOptions["audio"]>;
}

async function readConfigFile(file: string): Promise<ReadConfig> {
  const absent = (cause: NodeJS.ErrnoException): FateZeroError => {
    const why = cause.code === "EISDIR" ? "is a folder" : "does not exist or cannot be read";
    return new FateZeroError("config-missing", `The config "${file}" ${why}.`, "Check the path.", { cause });
  };
  const text = await readText(file, absent, MAX_CONFIG_BYTES);
  return readConfig(text, file);
}

/** Decides all and refuses what cannot be, before anything is computed. */
export async function prepareRun(options: RunRequest, session: Session): Promise<Run> {
  const { report } = session;
  const file = options.config;
  const { config, warnings } = await readConfigFile(file);
  const outputs = outputsOf(options.out, config);
  const tuned = tunedPath(options.out, config);
  const input = await asPhase(report, "open", () => openRunInput(file, config, options), file);
  const reading = clipOptionsOf(config, input, options);
  const named = await locateMasks(file, config);
  const frames = { ...reading, ...named, scenes: config.method.scenes };
  if (input.kind === "clip") await checkFrames(input.path, frames, session.signal);
  checkFullSize({ ...reading, ...config.mounted, input: input.path });
  await checkRunFolder(options.out, outputs, {
    input: input.path,
    frames: frameCount(input, reading),
    tuned,
    report,
  });
  for (const { video } of outputs)
    if (options.sound !== undefined) await checkNotInput(video, resolve(video), options.sound);
  await tellReplaced(report, [...outputs.map(({ video }) => video), join(options.out, SHEET_NAME)]);
  const base = await openRunModel(file, config, options, input, session);
  if (input.kind === "clip" && options.size === undefined) checkConfigSize(file, base, config);
  const size = inputSize(base, input, reading);
  const tuning = await prepareTuning(file, config, base, { input, size, reading }, options);
  const count = frameCount(input, reading);
  const model = plannedModel(base, tuning, count);
  const { window = "auto" } = config.method;
  const terms = runTerms(model, input, config, { frames: count, window });
  const kinds = [];
  const isFull = config.mounted?.fullSize === true;
  for (const { video } of outputs) kinds.push((await checkOutput(video, isFull ? {} : { size })).kind);
  const audio = await soundOf(input, { audio: config.audio, sound: options.sound }, kinds[0]!, report);
  for (const path of maskPaths(named))
    for (const { video } of outputs) await checkNotInput(video, resolve(video), path);
  const masks = await readHandMasks(named, { input, size }, reading, session);
  const plan = () => planRun(model, terms, config, size, file, masks);
  const edits = await asPhase(report, "prepare", plan, "the edits");
  const mountings = outputs.map(({ video }) => ({ ...reading, ...named, ...config.mounted, out: video }));
  const mounted = await mountAll(mountings, { input, size }, edits, session);
  const lowMemory = options.lowMemory ?? config.lowMemory;
  const { maxMemory, chunk } = options;
  const asked = { ...reading, ...defined({ lowMemory, maxMemory, chunk }) };
  const scenes = input.kind === "clip" ? scenesFor(model, terms.settings, config.method.scenes) : "off";
  const cardBytes = await freeCardMemory(model.engine.device);
  const fitted = checkMemory({ input, model, terms, size, scenes, window, cardBytes }, asked, edits);
  for (const warning of warnings) report({ type: "warning", ...warning });
  if (input.kind === "inversion" && options.input !== undefined) {
    const message = `"${input.path}" has its frames already: of dataset_config only the prompt is looked at.`;
    report({ type: "warning", code: "config-ignored", message });
  }
  announceInput(report, base, input, size, reading, terms);
  if (tuning) announceTraining(report, tuning.cost);
  report({ type: "fact", name: "prompt", text: `source: ${labelOf(terms.prompt)}` });
  for (const index of edits.keys()) announceEdit(report, config, edits, index, terms);
  announceNeeds(report, fitted, asked, edits);
  warnOfWords(report, model, terms.prompt, ...edits.flatMap(targetsOf));
  const used = { config: await asUsed({ ...config, masks: named }, options, input, base), edits, outputs };
  return { ...used, ...fitted, tuning, reading, mountings, mounted, audio };
}

/** Settles what each result is made of beside its edit; what they have in common is told with the first. */
async function mountAll(
  mountings: readonly Mounting[],
  opened: Pick<Prepared, "input" | "size">,
  edits: readonly CheckedEdit[],
  session: Session,
): Promise<readonly (Mounted | null)[]> {
  const { report } = session;
  const quieter: Session = { ...session, report: (event) => event.type !== "fact" && report(event) };
  const all: (Mounted | null)[] = [];
  for (const [index, mounting] of mountings.entries())
    all.push(await mountingOf(opened, mounting, edits[index]!, index === 0 ? session : quieter));
  return all;
}

/** Which of the prompts it is, numbered as its files and its row of the contact sheet are, and the prompt. */
export function titleOf(edits: readonly CheckedEdit[], index: number): string {
  const of = edits.length > 1 ? ` (${index + 1} of ${edits.length})` : "";
  return `${numberOf(index, edits.length)}${of}: ${labelOf(titleOfEdit(edits[index]!.options))}`;
}

/** Tells how a prompt was understood and what it is edited with. */
function announceEdit(
  report: Report,
  config: RunConfig,
  edits: readonly CheckedEdit[],
  index: number,
  terms: InversionTerms,
): void {
  const checked = edits[index]!;
  announcePlan(report, checked, titleOf(edits, index));
  for (const warning of config.edits[index]!.warnings) report({ type: "warning", ...warning });
  announceSettings(report, terms, checked);
}

/** The config as it is run: the overrides of the command line in it, and paths that hold from any folder. */
async function asUsed(
  { output: _, parts: __, tuning: ___, masks = {}, ...config }: RunConfig,
  options: RunRequest,
  input: Input,
  model: Model,
): Promise<RunConfig> {
  const frames = options.frames ?? config.clip.frames;
  const size = options.size ?? config.clip.size ?? (input.kind === "clip" ? model.size : undefined);
  const path = resolve(input.path);
  return {
    ...config,
    ...(await modelFromAnywhere(model)),
    clip: { ...config.clip, path, ...defined({ frames, size }) },
    masks: await mapMaskPaths(masks, async (path) => resolve(path)),
  };
}
