import { corrupt } from "./faults.ts";
import { type Machine, type Operation, type OperationTable, pop, popMark, top } from "./machine.ts";
import { OPCODES } from "./opcodes.ts";
import type { TorchValue } from "./values.ts";

function push(machine: Machine, value: TorchValue): void {
  machine.stack.push(value);
}

/** Tuples are frozen: what was checked of one stays true. */
function tuple(length: number): Operation {
  return (machine) => {
    const items: TorchValue[] = [];
    for (let i = 0; i < length; i++) items.unshift(pop(machine));
    push(machine, Object.freeze(items));
  };
}

function setItems(machine: Machine, dict: Map<TorchValue, TorchValue>, items: readonly TorchValue[]): void {
  if (items.length % 2 !== 0) throw corrupt(machine.host.file, "its pickle has a key without a value");
  for (let i = 0; i < items.length; i += 2) dict.set(items[i]!, items[i + 1]!);
}

function topDict(machine: Machine): Map<TorchValue, TorchValue> {
  const dict = top(machine);
  if (dict instanceof Map) return dict;
  throw corrupt(machine.host.file, "its pickle sets an item of what is no dict");
}

function append(machine: Machine, items: readonly TorchValue[]): void {
  const list = top(machine);
  if (!Array.isArray(list) || Object.isFrozen(list)) {
    throw corrupt(machine.host.file, "its pickle appends to what is no list");
  }
  for (const item of items) list.push(item);
}

const appendMarked: Operation = (machine) => append(machine, popMark(machine));

/** Opcodes that make and fill tuples, lists, sets (kept as lists) and dicts. */
export const CONTAINERS: OperationTable = {
  [OPCODES.EMPTY_TUPLE]: tuple(0),
  [OPCODES.TUPLE1]: tuple(1),
  [OPCODES.TUPLE2]: tuple(2),
  [OPCODES.TUPLE3]: tuple(3),
  [OPCODES.TUPLE]: (machine) => push(machine, Object.freeze(popMark(machine))),
  [OPCODES.EMPTY_LIST]: (machine) => push(machine, []),
  [OPCODES.EMPTY_SET]: (machine) => push(machine, []),
  [OPCODES.LIST]: (machine) => push(machine, popMark(machine)),
  [OPCODES.FROZENSET]: (machine) => push(machine, popMark(machine)),
  [OPCODES.APPEND]: (machine) => {
    const item = pop(machine);
    append(machine, [item]);
  },
  [OPCODES.APPENDS]: appendMarked,
  [OPCODES.ADDITEMS]: appendMarked,
  [OPCODES.EMPTY_DICT]: (machine) => push(machine, new Map()),
  [OPCODES.DICT]: (machine) => {
    const dict = new Map<TorchValue, TorchValue>();
    setItems(machine, dict, popMark(machine));
    push(machine, dict);
  },
  [OPCODES.SETITEM]: (machine) => {
    const value = pop(machine);
    const key = pop(machine);
    setItems(machine, topDict(machine), [key, value]);
  },
  [OPCODES.SETITEMS]: (machine) => {
    const items = popMark(machine);
    setItems(machine, topDict(machine), items);
  },
};
