/**
 * A dimension known when the graph is built (a number) or when it runs: a whole multiple of a product of symbols, such
 * as `2·frames` or `16·height·width`. Products and exact quotients stay in this form, which is all that a diffusion
 * model needs, so shapes are inferred and compared exactly although sizes are not known yet.
 */
export type Dim = number | SymbolicDim;

export interface SymbolicDim {
  readonly factor: number;
  /** Names of the symbols in the product, sorted; a name may repeat. Never empty. */
  readonly symbols: readonly string[];
}

/** A dimension bound when the graph runs. `multipleOf` promises a divisor, so that halving it is exact. */
export function symbol(name: string, multipleOf = 1): SymbolicDim {
  return { factor: multipleOf, symbols: [name] };
}

function parts(dim: Dim): SymbolicDim {
  return typeof dim === "number" ? { factor: dim, symbols: [] } : dim;
}

function simplify(factor: number, symbols: readonly string[]): Dim {
  return symbols.length === 0 || factor === 0 ? factor : { factor, symbols };
}

export function mulDims(...dims: readonly Dim[]): Dim {
  let factor = 1;
  const symbols: string[] = [];
  for (const dim of dims) {
    const p = parts(dim);
    factor *= p.factor;
    symbols.push(...p.symbols);
  }
  return simplify(factor, symbols.sort());
}

/** `a / b`, or null where the quotient is not a whole multiple for every value of the symbols. */
export function divDims(a: Dim, b: Dim): Dim | null {
  const p = parts(a);
  const q = parts(b);
  if (q.factor === 0 || p.factor % q.factor !== 0) return null;
  const symbols = [...p.symbols];
  for (const name of q.symbols) {
    const at = symbols.indexOf(name);
    if (at < 0) return null;
    symbols.splice(at, 1);
  }
  return simplify(p.factor / q.factor, symbols);
}

/** `a + b`, or null where the sum has no single-term form. */
export function addDims(a: Dim, b: Dim): Dim | null {
  const p = parts(a);
  const q = parts(b);
  if (p.factor === 0) return b;
  if (q.factor === 0) return a;
  return p.symbols.join() === q.symbols.join() ? simplify(p.factor + q.factor, p.symbols) : null;
}

export function equalDims(a: Dim, b: Dim): boolean {
  const p = parts(a);
  const q = parts(b);
  return p.factor === q.factor && p.symbols.join() === q.symbols.join();
}

export function equalShapes(a: readonly Dim[], b: readonly Dim[]): boolean {
  return a.length === b.length && a.every((dim, axis) => equalDims(dim, b[axis]!));
}

export function productOf(shape: readonly Dim[]): Dim {
  return mulDims(...shape);
}

export function formatDim(dim: Dim): string {
  if (typeof dim === "number") return String(dim);
  return dim.factor === 1 ? dim.symbols.join("·") : [dim.factor, ...dim.symbols].join("·");
}

/** A shape as it is written in messages: `[2·frames, 320, 8·height, 8·width]`. */
export function formatDims(shape: readonly Dim[]): string {
  return `[${shape.map(formatDim).join(", ")}]`;
}
