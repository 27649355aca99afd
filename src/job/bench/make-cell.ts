import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { defined } from "../../defined.ts";
import { planEdit } from "../../edit/index.ts";
import { parseJsonObject } from "../../json.ts";
import type { Model } from "../../pipeline/index.ts";
import { commandLineOf, defaultOf, type EditRequest, type Table1Request } from "../../request/index.ts";
import { version } from "../../version.node.ts";
import { editJob } from "../edit.ts";
import type { JobEvent } from "../events.ts";
import type { Session } from "../session.ts";
import { writeText } from "../write-text.ts";
import type { BenchEdit } from "./clips.ts";
import { BENCH_METHODS, type BenchMethodName, takesGuidance } from "./methods.ts";

/** A result that is there: its folder of frames, and how long it took. */
export interface MadeCell {
  readonly frames: string;
  readonly seconds: number;
  /** Whether an earlier run made it. */
  readonly isOld: boolean;
}

/** The edit that makes a cell; `guidance` is the scale that the paper's method takes by default. */
function requestOf(
  { input, stride, source, target }: BenchEdit,
  method: BenchMethodName,
  table: Table1Request,
  { frames, guidance }: { readonly frames: string; readonly guidance: number },
): EditRequest {
  const { model, lora, vae, variant, lowMemory, maxMemory, device, precision } = table;
  const { steps, size, frames: count, resume } = table;
  return {
    ...{ input, source, target, out: `${frames}/` },
    ...BENCH_METHODS[method].request,
    ...defined({
      model,
      lora,
      vae,
      variant,
      lowMemory,
      maxMemory,
      device,
      precision,
      steps,
      size,
      frames: count,
      resume,
    }),
    ...(stride > 1 ? { stride } : {}),
    ...(takesGuidance(method) ? { guidance } : {}),
  };
}

/** What of a job's events is news where it is one of many. */
function isNews({ type }: JobEvent): boolean {
  return type === "phase" || type === "step" || type === "loss" || type === "download" || type === "saved";
}

/** What stands beside a result: what made it. */
const noteOf = (frames: string): string => `${frames}.json`;

async function readNote(frames: string): Promise<Readonly<Record<string, unknown>> | null> {
  const text = await readFile(noteOf(frames), "utf8").catch(() => null);
  return text === null ? null : parseJsonObject(text);
}

/** Makes an edit by a method, unless an earlier run made the same one. */
export async function makeCell(
  edit: BenchEdit,
  method: BenchMethodName,
  table: Table1Request,
  model: Model,
  session: Session,
): Promise<MadeCell> {
  const frames = join(table.out, edit.clip, edit.edit, method);
  const { source, target } = edit;
  const terms = { prompt: source, steps: table.steps ?? defaultOf("steps", "edit") };
  const { guidance } = (await planEdit(model, terms, { prompt: target })).settings;
  const request = requestOf(edit, method, table, { frames, guidance });
  const made = { program: `fatezero ${version()}`, arguments: commandLineOf("edit", request) };
  const note = await readNote(frames);
  if (note && table.resume !== false && JSON.stringify(note.arguments) === JSON.stringify(made.arguments))
    return { frames, seconds: Number(note.seconds), isOld: true };
  await rm(noteOf(frames), { force: true });
  const cleanups: (() => unknown)[] = [];
  const began = performance.now();
  try {
    await editJob(request, {
      ...session,
      report: (event) => isNews(event) && session.report(event),
      defer: (cleanup) => cleanups.push(cleanup),
    });
  } finally {
    for (const cleanup of cleanups) await cleanup();
  }
  const seconds = (performance.now() - began) / 1000;
  await writeText(noteOf(frames), `${JSON.stringify({ ...made, seconds }, null, 2)}\n`);
  return { frames, seconds, isOld: false };
}
