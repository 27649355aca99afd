import { existsSync, readFileSync } from "node:fs";
import { freemem } from "node:os";
import { expectedMemory, guidedSteps, type MemoryTerms, pastesSource } from "../edit/index.ts";
import { FateZeroError } from "../errors.ts";
import { type FrameWindow, overlapOf, windowText } from "../frame-window.ts";
import { type Chunk, framesAtOnce, type Model, runsInChunks, runsInWindows } from "../pipeline/index.ts";
import { count, formatBytes } from "../quantity.ts";
import type { ModelOptions, NullTextOptions } from "../request/index.ts";
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

/** The most frames of a job, fewer than it has, that fit; 0 if none. */
function framesThatFit(bytesOf: (frames: number) => number, frames: number, allowed: number): number {
  const [least, most] = [bytesOf(1), bytesOf(frames)];
  if (least > allowed) return 0;
  // Nearly a straight line; where it bends, fewer fit than it says.
  let fit = Math.floor(1 + ((allowed - least) * (frames - 1)) / (most - least));
  while (fit > 1 && bytesOf(fit) > allowed) fit = Math.floor(fit * 0.9);
  return Math.max(1, fit);
}

/** The largest shorter side, below that of the job, at which all of its frames fit; 0 if none. */
function sizeThatFits(
  bytesAt: (size: number) => number,
  size: number,
  multiple: number,
  allowed: number,
): number {
  let [low, high] = [0, Math.ceil(size / multiple)];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (bytesAt(middle * multiple) <= allowed) low = middle;
    else high = middle;
  }
  return low * multiple;
}

/** What a job takes at least: a frame at a time where the size of chunks is left open, and nothing kept for speed. */
function leastMemory(model: Model, terms: MemoryTerms, memory: MemoryMode): number {
  const { chunk = "auto" } = terms;
  const least = { ...terms, chunk: chunk === "auto" ? 1 : chunk, keepsSource: false };
  return expectedMemory(model, least, memory);
}

/**
 * What a job keeps for speed, and computes at a time. What does not fit is not kept; then, of "auto", the largest of ever
 * halved sizes that fits is taken, and a frame at a time where none does; of a size that is asked for that one.
 */
function chunkThatFits(
  model: Model,
  terms: MemoryTerms,
  memory: MemoryMode,
  allowed: number,
): { readonly chunk: Chunk; readonly bytes: number; readonly keepSource?: boolean } {
  const { chunk: asked = "auto", frames, settings } = terms;
  const all = expectedMemory(model, { ...terms, chunk: asked }, memory);
  if (all <= allowed) return { chunk: asked, bytes: all };
  const keepSource = false;
  const bytesOf = (chunk: Chunk): number =>
    expectedMemory(model, { ...terms, chunk, keepsSource: keepSource }, memory);
  const bytes = bytesOf(asked);
  if (bytes <= allowed || asked !== "auto" || !runsInChunks(model, settings))
    return { chunk: asked, bytes, keepSource };
  const best = framesAtOnce({ ...model, chunk: asked }, settings, frames);
  for (let chunk = 2 ** Math.ceil(Math.log2(best) - 1); chunk > 1; chunk /= 2) {
    const less = bytesOf(chunk);
    if (less <= allowed) return { chunk, bytes: less, keepSource };
  }
  return { chunk: 1, bytes: leastMemory(model, terms, memory), keepSource };
}

/** The longest windows, of ever halved ones that are shorter than what is computed at once, in which a clip fits; null where there are none. */
function windowThatFits(
  model: Model,
  terms: MemoryTerms,
  memory: MemoryMode,
  allowed: number,
): FrameWindow | null {
  const { frames: all, settings } = terms;
  // Null-text inversion knows no windows.
  if (!runsInWindows(model, settings) || typeof terms.nullTextPerFrame === "boolean") return null;
  const atOnce = framesAtOnce(model, settings, all);
  for (let frames = 2 ** Math.ceil(Math.log2(atOnce) - 1); frames > 1; frames /= 2) {
    const window = { frames, overlap: overlapOf(frames) };
    if (leastMemory(model, { ...terms, settings: { ...settings, window } }, memory) <= allowed) return window;
  }
  return null;
}

/** What to ask for instead. */
function wayOut(
  model: Model,
  terms: MemoryTerms,
  memory: MemoryMode,
  [needed, allowed]: readonly [number, number],
): Said {
  const size = Math.min(terms.width, terms.height);
  const fits = (change: Partial<MemoryTerms>): number => leastMemory(model, { ...terms, ...change }, memory);
  const frames = framesThatFit((n) => fits({ frames: n }), terms.frames, allowed);
  const bytesAt = (side: number): number =>
    fits(fitToModel(terms.width, terms.height, side, model.sizeMultiple));
  const smaller = terms.encodes ? sizeThatFits(bytesAt, size, model.sizeMultiple, allowed) : 0;
  const ways: Said[] = [];
  const smallerChunk = chunkThatFits(model, { ...terms, chunk: "auto" }, memory, allowed);
  if (typeof smallerChunk.chunk === "number" && smallerChunk.bytes <= allowed)
    ways.push(say`${lower("chunk", smallerChunk.chunk)}`);
  const window = windowThatFits(model, terms, memory, allowed);
  if (window && terms.encodes) ways.push(say`${set("window", windowText(window))}`);
  if (terms.encodes && frames > 0 && frames < terms.frames) ways.push(say`${lower("frames", frames)}`);
  if (smaller > 0) ways.push(say`${lower("size", smaller)}`);
  if (memory === "fast" && leastMemory(model, terms, "lowMemory") <= allowed)
    ways.push(say`${add("lowMemory")}`);
  const first =
    ways.length === 0 ? say`Use a machine with more memory, or close other programs` : joined(ways);
  return say`${first}; ${set("maxMemory", Math.ceil(needed / 1e9))} tries it all the same.`;
}

function joined(ways: readonly Said[]): Said {
  return ways.flatMap((way, i) => (i === 0 ? way : [", or ", ...way]));
}

/** Refuses chunks where all frames of a clip are computed together. */
function checkChunk(
  chunk: number | undefined,
  { model, terms: { settings } }: Prepared,
  frames: number,
): void {
  if (chunk === undefined || runsInChunks(model, settings)) return;
  const { window } = settings;
  const field = the("chunk");
  if (window)
    throw usageError(
      say`${field} would have no effect, as ${overTime(model.name, "a whole window")}: ${framesAtOnce(model, settings, frames)} frames are computed at once.`,
      say`${leaveOut("chunk")}, or ${lower("window")}.`,
    );
  const why = wholeBecause(model, settings, frames) ?? "";
  const ways = runsInWindows(model, settings) ? say`, or ${set("window")}` : "";
  throw usageError(
    say`${field} would have no effect, as ${[why].flat()}: all frames are computed at once.`,
    say`${leaveOut("chunk")}${ways}.`,
  );
}

/** What of a request says how much memory its job takes, and may. */
export type MemoryRequest = Pick<ModelOptions, "maxMemory" | "chunk"> &
  Pick<NullTextOptions, "nullText" | "nullTextPerFrame">;

/** Whether an edit that is guided in a part of its steps fuses others too. */
function fusesUnguided({ settings, plan, regions, removes }: CheckedEdit): boolean {
  if (settings.guidanceSteps === undefined) return false;
  const guided = guidedSteps(settings, plan.steps.length);
  const always = regions !== null || removes !== null;
  return plan.steps.some(({ cross, self }, i) => !guided[i] && (always || cross !== null || self));
}

/** What a job takes by estimate, in chunks of a size that fits if any does, and what it may. */
export function expectationOf(
  { input, model, terms, size }: Prepared,
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
  return { ...chunkThatFits(model, asked, memory, allowed), asked, memory, allowed };
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
  checkChunk(request.chunk, prepared, frames);
  const expected = expectationOf(prepared, request, edits, frames);
  const { asked, memory, allowed, chunk, bytes: needed, keepSource } = expected;
  if (needed <= allowed) return { ...prepared, model: { ...model, chunk }, keepSource };
  const have =
    request.maxMemory === undefined
      ? `${formatBytes(allowed)} are free`
      : `${formatBytes(allowed)} are allowed`;
  throw new FateZeroError(
    "memory-too-small",
    `${count(frames, "frame")} of ${size.width}x${size.height} pixels take about ${formatBytes(needed)} of memory, and ${have}.`,
    wayOut(model, asked, memory, [needed, allowed]),
  );
}
