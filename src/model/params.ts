import type { Component, WeightInfo } from "../checkpoint/index.ts";
import { FateZeroError } from "../errors.ts";
import { cast, type Value, weight } from "../graph/index.ts";
import { formatShape, type Shape } from "../tensor/index.ts";

/** The weights of one layer and of those inside it. Asking for a weight declares the shape it must have. */
export interface Params {
  /** Path of the layer, as in the checkpoint's names. */
  readonly path: string;
  at(name: string): Params;
  /** A weight in float32, whatever its file holds. */
  tensor(name: string, shape: Shape): Value;
  /** A weight in its file's own type. */
  raw(name: string, shape: Shape): Value;
  /** The shape that the file gives a weight, null where it has none of that name. */
  shapeOf(name: string): Shape | null;
}

export interface WeightProblem {
  readonly kind: "missing" | "unexpected" | "wrong shape";
  readonly name: string;
  readonly expected: string;
  readonly found: string;
}

/** The weights do not belong to the model that config.json describes. */
export class CheckpointMismatchError extends FateZeroError {
  readonly problems: readonly WeightProblem[];

  constructor(label: string, problems: readonly WeightProblem[]) {
    super(
      "checkpoint-mismatch",
      `The weights in ${label} are not those of the model its config.json describes:\n${formatProblems(problems)}\n`,
      "Use the config.json that belongs to these weights.",
    );
    this.name = "CheckpointMismatchError";
    this.problems = problems;
  }
}

/** Rows shown of each kind of fault; a wrong config.json has hundreds. */
const SHOWN_PER_KIND = 10;

function formatProblems(problems: readonly WeightProblem[]): string {
  const shown = (["missing", "wrong shape", "unexpected"] as const).flatMap((kind) =>
    problems.filter((p) => p.kind === kind).slice(0, SHOWN_PER_KIND),
  );
  const rows = [
    ["fault", "weight", "config.json asks for", "file has"],
    ...shown.map((p) => [p.kind, p.name, p.expected, p.found]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ")}`.trimEnd(),
  );
  const more = problems.length - shown.length;
  return [...lines, ...(more > 0 ? [`  … and ${more} more`] : [])].join("\n");
}

/**
 * Hands out a component's weights and keeps book of what was asked for. `finish` throws CheckpointMismatchError, with
 * every fault in one table, when a weight was missing, had another shape, or was never asked for (`ignore` excepted).
 */
export function readParams(component: Component): {
  readonly params: Params;
  finish(ignore?: (name: string) => boolean): void;
} {
  const { weights, label } = component;
  const asked = new Map<string, Value>();
  const problems: WeightProblem[] = [];

  const raw = (name: string, shape: Shape): Value => {
    const known = asked.get(name);
    if (known) return known;
    const info = weights.get(name);
    const expected = formatShape(shape);
    if (!info) problems.push({ kind: "missing", name, expected, found: "–" });
    else if (formatShape(info.shape) !== expected) {
      problems.push({ kind: "wrong shape", name, expected, found: formatShape(info.shape) });
    }
    const { dtype, location }: Pick<WeightInfo, "dtype" | "location"> = info ?? {
      dtype: "float32",
      location: { file: label, offset: 0, length: 0 },
    };
    const value = weight(name, dtype, shape, location);
    asked.set(name, value);
    return value;
  };

  const scope = (path: string): Params => {
    const full = (name: string): string => (path === "" ? name : `${path}.${name}`);
    return {
      path,
      at: (name) => scope(full(name)),
      raw: (name, shape) => raw(full(name), shape),
      tensor: (name, shape) => cast(raw(full(name), shape), "float32"),
      shapeOf: (name) => weights.get(full(name))?.shape ?? null,
    };
  };

  return {
    params: scope(""),
    finish(ignore = () => false) {
      const unexpected = [...weights.keys()].filter((name) => !asked.has(name) && !ignore(name));
      for (const name of unexpected) {
        problems.push({
          kind: "unexpected",
          name,
          expected: "–",
          found: formatShape(weights.get(name)!.shape),
        });
      }
      if (problems.length > 0) throw new CheckpointMismatchError(label, problems);
    },
  };
}
