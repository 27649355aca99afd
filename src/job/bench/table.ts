import type { CellMeasures } from "./measure-cell.ts";

/** A method's results: measures by cell, `clip/edit`. */
export interface MethodResults {
  readonly name: string;
  /** Whether it is no method, but what methods are to be read beside: the source, and the perfect edit. */
  readonly isReference: boolean;
  readonly cells: ReadonlyMap<string, CellMeasures>;
}

interface Column {
  readonly key: string;
  readonly title: string;
  /** Which way is better. */
  readonly better: "higher" | "lower";
  readonly digits: number;
  readonly of: (measures: CellMeasures) => number | null | undefined;
}

/** Tem-Con and Frame-Acc of the paper's Table 1, then ours. */
const COLUMNS: readonly Column[] = [
  {
    ...{ key: "temporalConsistency", title: "Tem-Con", better: "higher", digits: 4 },
    of: ({ clip }) => clip?.temporalConsistency,
  },
  {
    ...{ key: "frameAccuracy", title: "Frame-Acc", better: "higher", digits: 3 },
    of: ({ clip }) => clip?.frameAccuracy,
  },
  {
    ...{ key: "textScore", title: "CLIP text", better: "higher", digits: 4 },
    of: ({ clip }) => clip?.textScore,
  },
  {
    ...{ key: "directionalSimilarity", title: "CLIP dir.", better: "higher", digits: 3 },
    of: ({ clip }) => clip?.directionalSimilarity,
  },
  {
    ...{ key: "changedPsnr", title: "changed dB", better: "higher", digits: 1 },
    of: ({ pixels: { truth } }) => (truth ? (truth.changed ?? truth.whole).psnr : null),
  },
  {
    ...{ key: "keptPsnr", title: "kept dB", better: "higher", digits: 1 },
    of: ({ pixels }) => pixels.kept?.psnr,
  },
  {
    ...{ key: "keptBound", title: "VAE's dB", better: "higher", digits: 1 },
    of: ({ pixels }) => pixels.keptBound?.psnr,
  },
  {
    ...{ key: "keptSsim", title: "kept SSIM", better: "higher", digits: 3 },
    of: ({ pixels }) => pixels.kept?.ssim,
  },
  {
    ...{ key: "colorDrift", title: "drift ΔE", better: "lower", digits: 2 },
    of: ({ pixels }) => pixels.kept?.drift?.mean,
  },
  {
    ...{ key: "warpError", title: "warp ×1000", better: "lower", digits: 2 },
    of: ({ pixels: { warpError } }) => warpError && 1000 * warpError.edited,
  },
  {
    ...{ key: "flicker", title: "flicker", better: "lower", digits: 2 },
    of: ({ pixels }) => pixels.flicker?.edited,
  },
];

/** A row of the table: the mean of each column over the cells that have it. */
export interface TableRow {
  readonly name: string;
  readonly isReference: boolean;
  readonly cells: number;
  /** By the keys of `COLUMNS`; null where no cell has it. */
  readonly means: Readonly<Record<string, number | null>>;
}

/** An infinite PSNR, of equal clips, has no mean with others. */
function meanOf(values: readonly (number | null | undefined)[]): number | null {
  const known = values.filter((value): value is number => Number.isFinite(value));
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

/**
 * Means by method, over the cells that all methods have: one that failed where others did poorly would look better. The
 * references are given for the same cells.
 */
export function rowsOf(results: readonly MethodResults[]): readonly TableRow[] {
  const methods = results.filter(({ isReference, cells }) => !isReference && cells.size > 0);
  const [first, ...others] = methods;
  const shared = [...(first?.cells.keys() ?? [])].filter((key) =>
    others.every(({ cells }) => cells.has(key)),
  );
  return results.map(({ name, isReference, cells }) => {
    const measures = shared.flatMap((key) => cells.get(key) ?? []);
    const means = COLUMNS.map(({ key, of }) => [key, meanOf(measures.map(of))] as const);
    return { name, isReference, cells: measures.length, means: Object.fromEntries(means) };
  });
}

/** Columns that some row has a value of. */
const shownColumns = (rows: readonly TableRow[]): readonly Column[] =>
  COLUMNS.filter(({ key }) => rows.some(({ means }) => means[key] !== null));

const arrow = ({ better }: Column): string => (better === "higher" ? "↑" : "↓");

/** Header and cells as texts; with `mark` the best method of a column is marked. */
function textsOf(rows: readonly TableRow[], mark: (text: string) => string): readonly (readonly string[])[] {
  const columns = shownColumns(rows);
  const best = columns.map(({ key, better }) => {
    const values = rows
      .filter(({ isReference }) => !isReference)
      .map(({ means }) => means[key])
      .filter((value) => typeof value === "number");
    return better === "higher" ? Math.max(...values) : Math.min(...values);
  });
  const header = ["method", ...columns.map((column) => `${column.title} ${arrow(column)}`), "edits"];
  const lines = rows.map(({ name, isReference, cells, means }) => [
    isReference ? `(${name})` : name,
    ...columns.map(({ key, digits }, i) => {
      const value = means[key];
      if (value === null || value === undefined) return "–";
      const text = value.toFixed(digits);
      // What the VAE lets through is no method's doing.
      return !isReference && key !== "keptBound" && text === best[i]!.toFixed(digits) ? mark(text) : text;
    }),
    String(cells),
  ]);
  return [header, ...lines];
}

/** The table for a terminal; `*` marks the best method of a column. */
export function tableText(rows: readonly TableRow[]): string {
  const texts = textsOf(rows, (text) => `*${text}`);
  const widths = texts[0]!.map((_, column) => Math.max(...texts.map((line) => line[column]!.length)));
  return texts
    .map((line) =>
      line
        .map((text, column) => (column === 0 ? text.padEnd(widths[column]!) : text.padStart(widths[column]!)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** The same as Markdown; the best in bold. */
export function tableMarkdown(rows: readonly TableRow[]): string {
  const [header, ...lines] = textsOf(rows, (text) => `**${text}**`);
  const line = (texts: readonly string[]): string => `| ${texts.join(" | ")} |`;
  const rule = line(header!.map((_, column) => (column === 0 ? "---" : "---:")));
  return [line(header!), rule, ...lines.map(line)].join("\n");
}
