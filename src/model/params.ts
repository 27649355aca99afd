import { type Component, faultTable, type LoraTerm, type WeightInfo } from "../checkpoint/index.ts";
import { FateZeroError } from "../errors.ts";
import { cast, input, type Port, port, type Value, weight } from "../graph/index.ts";
import { MAX_WEIGHT_PROBLEMS } from "../limits.ts";
import { formatShape, type Shape } from "../tensor/index.ts";

/** The weights of one layer and of those inside it. Asking for a weight declares the shape it must have. */
export interface Params {
  /** Path of the layer, as in the checkpoint's names. */
  readonly path: string;
  at(name: string): Params;
  /** A weight in float32, whatever its file holds. */
  tensor(name: string, shape: Shape): Value;
  /** A weight in its file's own type; float32 where it is an input. */
  raw(name: string, shape: Shape): Value;
  /** The low-rank changes of this layer's weight. */
  lora(): readonly LowRank[];
  /** The shape that the file gives a weight, null where it has none of that name. */
  shapeOf(name: string): Shape | null;
}

/** A low-rank change of a layer's weight, W + scale · up · (mid ·) down, its parts in float32 as the file shapes them. */
export interface LowRank {
  readonly down: Value;
  readonly mid: Value | null;
  readonly up: Value;
  readonly scale: number;
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

  constructor({ label, configFrom }: Component, problems: readonly WeightProblem[]) {
    const byShapes = configFrom === "shapes";
    const cause = byShapes
      ? "are not those of one whole network"
      : "are not those of the model its config.json describes";
    super(
      "checkpoint-mismatch",
      `The weights in ${label} ${cause}:\n${formatProblems(problems)}\n`,
      byShapes
        ? "Download the file again, or use the model's folder."
        : "Use the config.json that belongs to these weights.",
    );
    this.name = "CheckpointMismatchError";
    this.problems = problems;
  }
}

function formatProblems(problems: readonly WeightProblem[]): string {
  return faultTable(
    ["fault", "weight", "asked for", "file has"],
    problems.map(({ kind, name, expected, found }) => [kind, name, expected, found]),
  );
}

export interface ParamsOptions {
  /**
   * Which weights are inputs of the graph, by their names: those that are trained or adapted. They are fed as float32.
   * @default none
   */
  readonly asInputs?: (name: string) => boolean;
}

/**
 * Hands out a component's weights and keeps book of what was asked for. `finish` throws CheckpointMismatchError, with
 * every fault in one table, when a weight was missing, had another shape, or was never asked for (`ignore` excepted).
 * It returns the ports of the weights that are inputs.
 */
export function readParams(
  component: Component,
  { asInputs = () => false }: ParamsOptions = {},
): {
  readonly params: Params;
  finish(ignore?: (name: string) => boolean): Readonly<Record<string, Port<"float32">>>;
} {
  const { weights, label } = component;
  const asked = new Map<string, Value>();
  const changed = new Set<string>();
  const problems: WeightProblem[] = [];
  const ports: Record<string, Port<"float32">> = {};

  const atInput = (name: string, shape: Shape): Value => {
    const at = port(shape);
    ports[name] = at;
    return input(name, at);
  };

  const raw = (name: string, shape: Shape): Value => {
    const known = asked.get(name);
    if (known) return known;
    const info = weights.get(name);
    const expected = formatShape(shape);
    if (!info) problems.push({ kind: "missing", name, expected, found: "–" });
    else if (formatShape(info.shape) !== expected) {
      problems.push({ kind: "wrong shape", name, expected, found: formatShape(info.shape) });
    }
    // A configuration may ask for networks that no memory holds: one that is so far from its weights is built no further.
    if (problems.length > MAX_WEIGHT_PROBLEMS) throw new CheckpointMismatchError(component, problems);
    const { dtype, location }: Pick<WeightInfo, "dtype" | "location"> = info ?? {
      dtype: "float32",
      location: { file: label, offset: 0, length: 0 },
    };
    const value = asInputs(name) ? atInput(name, shape) : weight(name, dtype, shape, location);
    asked.set(name, value);
    return value;
  };

  const lowRank = (path: string): readonly LowRank[] => {
    changed.add(path);
    const terms = component.lora?.get(path) ?? [];
    return terms.map(({ down, mid, up, scale }: LoraTerm, i) => {
      const part = (name: string, { dtype, shape, location }: WeightInfo): Value =>
        cast(weight(`${path}.lora_${i}.${name}`, dtype, shape, location), "float32");
      return { down: part("down", down), mid: mid ? part("mid", mid) : null, up: part("up", up), scale };
    });
  };

  const scope = (path: string): Params => {
    const full = (name: string): string => (path === "" ? name : `${path}.${name}`);
    return {
      path,
      at: (name) => scope(full(name)),
      raw: (name, shape) => raw(full(name), shape),
      tensor: (name, shape) => cast(raw(full(name), shape), "float32"),
      lora: () => lowRank(path),
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
      for (const [path, [term]] of component.lora ?? []) {
        if (changed.has(path) || ignore(path)) continue;
        problems.push({
          kind: "unexpected",
          name: `${path} (by a LoRA)`,
          expected: "–",
          found: formatShape(term!.up.shape),
        });
      }
      if (problems.length > 0) throw new CheckpointMismatchError(component, problems);
      return ports;
    },
  };
}
