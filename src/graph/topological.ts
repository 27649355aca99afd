import { operandsOf, type Value } from "./value.ts";

/**
 * All values that `outputs` depend on, operands first. `instead` may say what a value reads in place of its operands.
 * Iterative: a UNet is deeper than the call stack likes.
 */
export function topological(
  outputs: readonly Value[],
  instead: (value: Value) => Value | null = () => null,
): Value[] {
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
    const replacement = instead(value);
    for (const operand of replacement ? [replacement] : operandsOf(value.op)) {
      if (!state.has(operand)) stack.push(operand);
    }
  }
  return order;
}
