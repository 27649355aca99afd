import { existsSync, readFileSync } from "node:fs";
import { freemem } from "node:os";
import { expectedMemory, guidedSteps, hostBytes, type MemoryTerms, pastesSource } from "../edit/index.ts";
import { FateZeroError } from "../errors.ts";
import { type FrameWindow, overlapOf, windowText } from "../frame-window.ts";
import { type Chunk, framesAtOnce, type Model, runsInChunks, runsInWindows } from "../pipeline/index.ts";
import { count, formatBytes } from "../quantity.ts";
import type { EditMethod, ModelOptions, NullTextOptions } from "../request/index.ts";
import type { MemoryMode } from "../runtime/index.ts";
import { add, leaveOut, lower, type Said, say, set, the } from "../say.ts";
import { fitToModel } from "../video/index.ts";
import { overTime, wholeBecause } from "./estimate.ts";
import { frameCount, type Reading } from "./input.ts";
import type { CheckedEdit, Prepared } from "./prepared.ts";
import { usageError } from "./usage.ts";

const LIMITS = "/proc/self/limits";

/** Bytes of address space that this process may have (`ulimit -v`), as far as the system tells. */
function addressSpace(): number {
  if (!existsSync(LIMITS)) return Number.POSITIVE_INFINITY;
  const [, soft] = /^Max address space\s+(\d+)/m.exec(readFileSync(LIMITS, "utf8")) ?? [];
  return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
}

/** Bytes of memory that a job may take: what is free, within the limits of a container (cgroup) and of the shell. */
export function freeMemory(): number {
  return Math.min(process.availableMemory?.() ?? freemem(), addressSpace());
}

/** What a job may take. */
interface Room {
  /** Of the machine's memory. */
  readonly bytes: number;
  /** Of the device's own, which then holds the model and what is computed; null where it has none. */
  readonly cardBytes: number | null;
}

/** Bytes that are missing to a job with such terms; at most 0 where it fits. */
type Missing = (terms: MemoryTerms, memory: MemoryMode) => number;

const missingIn =
  (model: Model, { bytes, cardBytes }: Room): Missing =>
  (terms, memory) => {
    const needed = expectedMemory(model, terms, memory);
    if (cardBytes === null) return needed - bytes;
    const own = hostBytes(model, terms, memory);
    return Math.max(own - bytes, needed - own - cardBytes);
  };

/** The most frames of a job, fewer than it has, that fit; 0 if none. */
function framesThatFit(missingOf: (frames: number) => number, frames: number): number {
  const [least, most] = [missingOf(1), missingOf(frames)];
  if (least > 0) return 0;
  // Nearly a straight line; where it bends, fewer fit than it says.
  let fit = Math.floor(1 + (-least * (frames - 1)) / (most - least));
  while (fit > 1 && missingOf(fit) > 0) fit = Math.floor(fit * 0.9);
  return Math.max(1, fit);
}

/** The largest shorter side, below that of the job, at which all of its frames fit; 0 if none. */
function sizeThatFits(missingAt: (size: number) => number, size: number, multiple: number): number {
  let [low, high] = [0, Math.ceil(size / multiple)];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (missingAt(middle * multiple) <= 0) low = middle;
    else high = middle;
  }
  return low * multiple;
}

/** By which a job takes least: a frame at a time where the size of chunks is left open, and nothing kept for speed. */
function leastOf({ chunk = "auto", ...terms }: MemoryTerms): MemoryTerms {
  return { ...terms, chunk: chunk === "auto" ? 1 : chunk, keepsSource: false };
}

/**
 * What a job keeps for speed, and computes at a time. What does not fit is not kept; then, of "auto", the largest of ever
 * halved sizes that fits is taken, and a frame at a time where none does; of a size that is asked for that one.
 */
function chunkThatFits(
  model: Model,
  terms: MemoryTerms,
  memory: MemoryMode,
  missing: Missing,
): { readonly chunk: Chunk; readonly keepSource?: boolean; readonly fits: boolean } {
  const { chunk: asked = "auto", frames, settings } = terms;
  if (missing({ ...terms, chunk: asked }, memory) <= 0) return { chunk: asked, fits: true };
  const keepSource = false;
  const fitsIn = (chunk: Chunk): boolean =>
    missing({ ...terms, chunk, keepsSource: keepSource }, memory) <= 0;
  const fits = fitsIn(asked);
  if (fits || asked !== "auto" || !runsInChunks(model, settings)) return { chunk: asked, keepSource, fits };
  const best = framesAtOnce({ ...model, chunk: asked }, settings, frames);
  for (let chunk = 2 ** Math.ceil(Math.log2(best) - 1); chunk > 1; chunk /= 2)
    if (fitsIn(chunk)) return { chunk, keepSource, fits: true };
  return { chunk: 1, keepSource, fits: fitsIn(1) };
}

/** The longest windows, of ever halved ones that are shorter than what is computed at once, in which a clip fits; null where there are none. */
function windowThatFits(
  model: Model,
  terms: MemoryTerms,
  memory: MemoryMode,
  missing: Missing,
): FrameWindow | null {
  const { frames: all, settings } = terms;
  if (!runsInWindows(model, settings)) return null;
  const atOnce = framesAtOnce(model, settings, all);
  for (let frames = 2 ** Math.ceil(Math.log2(atOnce) - 1); frames > 1; frames /= 2) {
    const window = { frames, overlap: overlapOf(frames) };
    if (missing(leastOf({ ...terms, settings: { ...settings, window } }), memory) <= 0) return window;
  }
  return null;
}

/** What to ask for instead. */
function wayOut(
  model: Model,
  terms: MemoryTerms,
  memory: MemoryMode,
  {
    needed,
    missing,
    windows,
  }: { readonly needed: number; readonly missing: Missing; readonly windows: boolean },
): Said {
  const size = Math.min(terms.width, terms.height);
  const missingWith = (change: Partial<MemoryTerms>): number =>
    missing(leastOf({ ...terms, ...change }), memory);
  const frames = framesThatFit((n) => missingWith({ frames: n }), terms.frames);
  const missingAt = (side: number): number =>
    missingWith(fitToModel(terms.width, terms.height, side, model.sizeMultiple));
  const smaller = terms.encodes ? sizeThatFits(missingAt, size, model.sizeMultiple) : 0;
  const ways: Said[] = [];
  const { chunk, fits } = chunkThatFits(model, { ...terms, chunk: "auto" }, memory, missing);
  if (typeof chunk === "number" && fits) ways.push(say`${lower("chunk", chunk)}`);
  const window = windows && terms.encodes ? windowThatFits(model, terms, memory, missing) : null;
  if (window) ways.push(say`${set("window", windowText(window))}`);
  if (terms.encodes && frames > 0 && frames < terms.frames) ways.push(say`${lower("frames", frames)}`);
  if (smaller > 0) ways.push(say`${lower("size", smaller)}`);
  if (memory === "fast" && missing(leastOf(terms), "lowMemory") <= 0) ways.push(say`${add("lowMemory")}`);
  const first =
    ways.length === 0 ? say`Use a machine with more memory, or close other programs` : joined(ways);
  return say`${first}; ${set("maxMemory", Math.ceil(needed / 1e9))} tries it all the same.`;
}

function joined(ways: readonly Said[]): Said {
  return ways.flatMap((way, i) => (i === 0 ? way : [", or ", ...way]));
}

/** Refuses chunks where all frames of a clip are computed together. */
function checkChunk(request: MemoryRequest, { model, terms: { settings } }: Prepared, frames: number): void {
  const { chunk } = request;
  if (chunk === undefined || runsInChunks(model, settings)) return;
  const { window } = settings;
  const field = the("chunk");
  if (window)
    throw usageError(
      say`${field} would have no effect, as ${overTime(model.name, "a whole window")}: ${framesAtOnce(model, settings, frames)} frames are computed at once.`,
      say`${leaveOut("chunk")}, or ${lower("window")}.`,
    );
  const why = wholeBecause(model, settings, frames) ?? "";
  const ways = mayHaveWindows(request) && runsInWindows(model, settings) ? say`, or ${set("window")}` : "";
  throw usageError(
    say`${field} would have no effect, as ${[why].flat()}: all frames are computed at once.`,
    say`${leaveOut("chunk")}${ways}.`,
  );
}

/** What of a request says how much memory its job takes, and may. */
export type MemoryRequest = Pick<ModelOptions, "maxMemory" | "chunk"> &
  Pick<NullTextOptions, "nullText" | "nullTextPerFrame"> & { readonly method?: EditMethod | undefined };

/** Whether it may ask for windows: null-text inversion and methods of comparison know none. */
const mayHaveWindows = ({ nullText, method = "fatezero" }: MemoryRequest): boolean =>
  nullText === undefined && method === "fatezero";

/** Whether an edit that is guided in a part of its steps fuses others too. */
function fusesUnguided({ settings, plan, regions, removes }: CheckedEdit): boolean {
  if (settings.guidanceSteps === undefined) return false;
  const guided = guidedSteps(settings, plan.steps.length);
  const always = regions !== null || removes !== null;
  return plan.steps.some(({ cross, self }, i) => !guided[i] && (always || cross !== null || self));
}

/** What a job takes by estimate, in chunks of a size that fits if any does, and what it may. */
export function expectationOf(
  { input, model, terms, size, cardBytes = null }: Prepared,
  request: MemoryRequest,
  edits: readonly CheckedEdit[],
  frames: number,
) {
  const { maxMemory, nullText, nullTextPerFrame = false } = request;
  const { memory } = model.engine;
  const guided = edits.some(({ settings }) => settings.guidance > 1);
  const asked: MemoryTerms = {
    ...{ frames, ...size, settings: terms.settings, steps: terms.steps },
    chunk: request.chunk ?? model.chunk,
    encodes: input.kind === "clip",
    branches: edits.length === 0 ? null : guided ? 3 : 2,
    regions: Math.max(0, ...edits.map((edit) => edit.regions?.list.length ?? 0)),
    unguided: edits.some(fusesUnguided),
    reusesDeep: edits.some(({ settings }) => settings.reuseDeep !== undefined),
    drawn: edits.some(pastesSource),
    // A saved inversion brings none, and its edits keep none.
    ...(input.kind === "clip" ? {} : { keepsSource: false }),
    nullTextPerFrame: nullText === undefined ? null : nullTextPerFrame,
  };
  const allowed = maxMemory === undefined ? freeMemory() : maxMemory * 1e9;
  // What a person allows holds for all.
  const room = { bytes: allowed, cardBytes: maxMemory === undefined ? cardBytes : null };
  const missing = missingIn(model, room);
  const taken = chunkThatFits(model, asked, memory, missing);
  const { chunk, keepSource } = taken;
  const bytes = expectedMemory(
    model,
    { ...asked, chunk, ...(keepSource === undefined ? {} : { keepsSource: keepSource }) },
    memory,
  );
  return { ...taken, bytes, asked, memory, missing, allowed };
}

/**
 * Decides from sizes, counts and the memory that is free whether a job can be done, before any pixel is decoded, and how
 * many frames are computed at a time: the model that comes back does so. Throws FateZeroError `memory-too-small` with what it
 * takes, what there is, and what would fit.
 */
export function checkMemory(
  prepared: Prepared,
  request: Reading & MemoryRequest,
  edits: readonly CheckedEdit[],
  frames = frameCount(prepared.input, request),
): Prepared {
  const { model, size } = prepared;
  checkChunk(request, prepared, frames);
  const expected = expectationOf(prepared, request, edits, frames);
  const { asked, memory, allowed, chunk, bytes: needed, keepSource, fits, missing } = expected;
  if (fits) return { ...prepared, model: { ...model, chunk }, keepSource };
  const { cardBytes = null } = prepared;
  const onCard =
    cardBytes === null
      ? ""
      : `, and ${formatBytes(cardBytes)} on the card for the model and what it computes`;
  const have =
    request.maxMemory === undefined
      ? `${formatBytes(allowed)} are free${onCard}`
      : `${formatBytes(allowed)} are allowed`;
  throw new FateZeroError(
    "memory-too-small",
    `${count(frames, "frame")} of ${size.width}x${size.height} pixels take about ${formatBytes(needed)} of memory, and ${have}.`,
    wayOut(model, asked, memory, { needed, missing, windows: mayHaveWindows(request) }),
  );
}
