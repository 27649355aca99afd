import { join } from "node:path";
import { FateZeroError } from "../../errors.ts";
import type { Model } from "../../pipeline/index.ts";
import { count } from "../../quantity.ts";
import { flagNames, type Table1Request } from "../../request/index.ts";
import { inWords } from "../../say.ts";
import { readVideo, writeVideo } from "../../video/index.node.ts";
import type { Frame } from "../../video/index.ts";
import { checkOutside } from "../apart.ts";
import { asPhase } from "../as-phase.ts";
import type { Session } from "../session.ts";
import { checkWritable } from "../writable.ts";
import { writeText } from "../write-text.ts";
import { drawClip, type SheetEdit } from "./clip-sheet.ts";
import { type BenchEdit, findClips } from "./clips.ts";
import { openJudges, sharedModels } from "./judges.ts";
import { makeCell } from "./make-cell.ts";
import { type CellMeasures, type Judges, type Measuring, measuringOf } from "./measure-cell.ts";
import { BENCH_METHODS, type BenchMethodName, chosenMethods } from "./methods.ts";
import { type MethodResults, rowsOf, type TableRow, tableMarkdown, tableText } from "./table.ts";

/** What methods are to be read beside. */
const SOURCE = "source";
const PERFECT = "perfect edit";

/** A cell that could not be made, and why. */
interface FailedCell {
  readonly clip: string;
  readonly edit: string;
  readonly method: string;
  readonly code: string;
  readonly message: string;
}

/** An edit as all methods made it: measures and frames by method, the references among them. */
interface DoneEdit {
  readonly of: BenchEdit;
  readonly measures: ReadonlyMap<string, CellMeasures>;
  readonly frames: ReadonlyMap<string, readonly Frame[]>;
  readonly seconds: ReadonlyMap<string, number>;
}

/** What comes of a table. */
export interface Table1 {
  readonly output: string;
  /** The table, and what is missing in it. */
  readonly text: string;
  readonly markdown: string;
  readonly failed: readonly FailedCell[];
}

/** What all cells are made with. */
interface Making {
  readonly model: Model;
  readonly session: Session;
  readonly failed: FailedCell[];
  readonly progress: () => string;
}

/** Makes an edit by every method; what fails is told, and the others go on. */
async function makeAll(
  edit: BenchEdit,
  methods: readonly BenchMethodName[],
  request: Table1Request,
  { model, session, failed, progress }: Making,
): Promise<ReadonlyMap<BenchMethodName, { readonly frames: string; readonly seconds: number }>> {
  const made = new Map<BenchMethodName, { readonly frames: string; readonly seconds: number }>();
  for (const method of methods) {
    const text = `${edit.clip}, ${edit.edit}, by ${method}${progress()}`;
    session.report({ type: "fact", name: "cell", text });
    try {
      made.set(method, await makeCell(edit, method, request, model, session));
    } catch (error) {
      session.signal.throwIfAborted();
      if (!(error instanceof FateZeroError)) throw error;
      const message = inWords(error.said.what, flagNames("edit"));
      failed.push({ clip: edit.clip, edit: edit.edit, method, code: error.code, message });
      session.report({ type: "warning", code: "bench-cell", message: `${text}: ${message}` });
    }
  }
  return made;
}

/** Measures the results of an edit, each against the source and masks as it was cut, and the references at the first one's size. */
async function measureAll(
  edit: BenchEdit,
  made: Awaited<ReturnType<typeof makeAll>>,
  judges: Judges,
  signal: AbortSignal,
): Promise<DoneEdit> {
  const measures = new Map<string, CellMeasures>();
  const frames = new Map<string, readonly Frame[]>();
  const seconds = new Map<string, number>();
  // Most methods' results have one size.
  const bySize = new Map<string, Measuring>();
  for (const [method, { frames: path, seconds: took }] of made) {
    const { frames: edited } = await readVideo(path, { signal });
    const { width, height } = edited[0]!;
    const size = { width, height, frames: edited.length };
    const key = JSON.stringify(size);
    const measuring = bySize.get(key) ?? (await measuringOf(edit, size, judges, signal));
    bySize.set(key, measuring);
    if (measures.size === 0) {
      const { source, truth } = measuring;
      for (const [name, reference] of [
        [SOURCE, source],
        [PERFECT, truth],
      ] as const) {
        if (!reference) continue;
        measures.set(name, await measuring.measure(reference));
        frames.set(name, reference);
      }
    }
    measures.set(method, await measuring.measure(edited));
    frames.set(method, edited);
    seconds.set(method, took);
  }
  return { of: edit, measures, frames, seconds };
}

function resultsOf(done: readonly DoneEdit[], methods: readonly BenchMethodName[]): readonly MethodResults[] {
  return [SOURCE, PERFECT, ...methods].map((name) => ({
    name,
    isReference: name === SOURCE || name === PERFECT,
    cells: new Map(
      done.flatMap(({ of: { clip, edit }, measures }) => {
        const own = measures.get(name);
        return own ? [[`${clip}/${edit}`, own] as const] : [];
      }),
    ),
  }));
}

/** The table over all edits, and where there are several kinds of them one for each. */
interface KindTable {
  readonly kind: string | null;
  readonly rows: readonly TableRow[];
}

function tablesOf(done: readonly DoneEdit[], methods: readonly BenchMethodName[]): readonly KindTable[] {
  const kinds = [...new Set(done.flatMap(({ of: { kind } }) => kind ?? []))];
  const ofKind = (kind: string) => done.filter(({ of }) => of.kind === kind);
  return [
    { kind: null, rows: rowsOf(resultsOf(done, methods)) },
    ...(kinds.length < 2
      ? []
      : kinds.map((kind) => ({ kind, rows: rowsOf(resultsOf(ofKind(kind), methods)) }))),
  ];
}

/** The table as data: rows, and every cell with its measures, for other programs and for `bench rank`. */
function tableJson(
  request: Table1Request,
  model: string,
  done: readonly DoneEdit[],
  methods: readonly BenchMethodName[],
  { tables, failed }: { readonly tables: readonly KindTable[]; readonly failed: readonly FailedCell[] },
): string {
  const cells = done.map(({ of: { clip, edit, kind, source, target }, measures, seconds }) => ({
    ...{ clip, edit, kind, source, target, sourceFrames: `${clip}/source` },
    references: Object.fromEntries(
      [SOURCE, PERFECT].flatMap((name) => (measures.has(name) ? [[name, measures.get(name)]] : [])),
    ),
    results: Object.fromEntries(
      methods
        .filter((method) => measures.has(method))
        .map((method) => [
          method,
          {
            frames: `${clip}/${edit}/${method}`,
            seconds: seconds.get(method),
            measures: measures.get(method),
          },
        ]),
    ),
  }));
  return `${JSON.stringify({ version: 1, model, clips: request.clips, methods, tables, failed, cells }, null, 2)}\n`;
}

/** Draws one picture for each clip. */
async function drawClips(
  out: string,
  done: readonly DoneEdit[],
  methods: readonly BenchMethodName[],
  { report, signal }: Session,
): Promise<void> {
  const shown = [SOURCE, PERFECT, ...methods].map((name) => ({
    name,
    title: name in BENCH_METHODS ? BENCH_METHODS[name as BenchMethodName].title : "",
  }));
  for (const clip of new Set(done.map(({ of }) => of.clip))) {
    const edits = done
      .filter(({ of }) => of.clip === clip)
      .map(({ of: { edit }, frames }): SheetEdit => ({ edit, frames }));
    const path = join(out, clip, "sheet.png");
    const draw = () => writeVideo(path, [drawClip(clip, shown, edits)], { fps: 1, signal });
    await asPhase(report, "draw", draw, path);
  }
}

const LEGEND =
  "↑ higher is better, ↓ lower is; * is the best method. In brackets what methods are to be read beside. Means over the edits that all methods made.";

/**
 * `fatezero bench table1`: edits every clip by every method, goes on where an earlier run stopped, measures all alike, and
 * writes the table as text, Markdown and JSON with a picture for each clip.
 */
export async function table1Job(request: Table1Request, given: Session): Promise<Table1> {
  const { out } = request;
  const methods = chosenMethods(request.methods);
  const { edits, leftOut } = await findClips(request.clips, request.prompts);
  for (const { clip, input, masks, truth } of edits)
    await checkOutside(join(out, clip), [input, ...masks, ...(truth === null ? [] : [truth])]);
  await checkWritable(join(out, "table.json"));
  for (const left of leftOut)
    given.report({ type: "warning", code: "bench-left-out", message: `Left out: ${left}.` });
  const session = sharedModels(given);
  const judges = await openJudges(request, session);
  const failed: FailedCell[] = [];
  const done: DoneEdit[] = [];
  let begun = 0;
  const progress = (): string => ` (${++begun} of ${edits.length * methods.length})`;
  const kept = new Set<string>();
  for (const edit of edits) {
    const made = await makeAll(edit, methods, request, { model: judges.model, session, failed, progress });
    const subject = `${edit.clip}, ${edit.edit}`;
    const measure = () => measureAll(edit, made, judges, session.signal);
    const measured = await asPhase(session.report, "check", measure, subject);
    if (measured.measures.size === 0) continue;
    done.push(measured);
    // Beside the results, for people and for `bench rank`.
    if (!kept.has(edit.clip)) {
      kept.add(edit.clip);
      await writeVideo(join(out, edit.clip, "source/"), measured.frames.get(SOURCE)!, { fps: 8 });
    }
  }
  if (done.length === 0) throw nothingMade(failed);
  const tables = tablesOf(done, methods);
  const missing = failed.map(({ clip, edit, method, message }) => `${clip}, ${edit}, ${method}: ${message}`);
  const named = (write: (rows: readonly TableRow[]) => string, mark: string): string =>
    tables
      .map(({ kind, rows }) => (kind === null ? write(rows) : `${mark}${kind}\n\n${write(rows)}`))
      .join("\n\n");
  const text = [named(tableText, ""), "", LEGEND, ...missing].join("\n");
  const markdown = named(tableMarkdown, "### ");
  await writeText(join(out, "table.txt"), `${text}\n`);
  await writeText(join(out, "table.md"), `${markdown}\n`);
  await drawClips(out, done, methods, session);
  // Last, as it says that all else is there.
  const json = tableJson(request, judges.model.name, done, methods, { tables, failed });
  await writeText(join(out, "table.json"), json);
  return { output: out, text, markdown, failed };
}

function nothingMade(failed: readonly FailedCell[]): FateZeroError {
  const [first] = failed;
  return new FateZeroError(
    "bench-empty",
    `No edit could be made, ${count(failed.length, "attempt")} in all. The first, ${first!.clip}, ${first!.edit} by ${first!.method}: ${first!.message}`,
    "Try that edit alone, with fatezero edit.",
  );
}
