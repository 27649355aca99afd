import type { Value } from "./value.ts";

/**
 * All values that `outputs` depend on, operands first; of several operands the last comes first. Iterative: a UNet is
 * deeper than the call stack likes. `operandsOf` is asked once for each value.
 */
export function inOrder(
  outputs: readonly Value[],
  operandsOf: (value: Value) => readonly Value[],
): readonly Value[] {
  const order: Value[] = [];
  const state = new Map<Value, "open" | "done">();
  const stack = [...outputs].reverse();
  while (stack.length > 0) {
    const value = stack[stack.length - 1]!;
    const seen = state.get(value);
    if (seen) {
      stack.pop();
      if (seen === "open") order.push(value);
      state.set(value, "done");
      continue;
    }
    state.set(value, "open");
    for (const operand of operandsOf(value)) if (!state.has(operand)) stack.push(operand);
  }
  return order;
}
