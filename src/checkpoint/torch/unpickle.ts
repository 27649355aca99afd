import { type ByteReader, uint8, uint32, uint64 } from "./byte-reader.ts";
import { CONTAINERS } from "./containers.ts";
import { corrupt, unsupported } from "./faults.ts";
import { LITERALS } from "./literals.ts";
import {
  type Machine,
  type Operation,
  type OperationTable,
  type PickleHost,
  pop,
  popMark,
  spend,
  top,
} from "./machine.ts";
import { OBJECTS } from "./objects.ts";
import { nameOfOpcode, OPCODES } from "./opcodes.ts";
import type { TorchValue } from "./values.ts";

function remember(index: (machine: Machine) => number): Operation {
  return (machine) => {
    machine.memo.set(index(machine), top(machine));
  };
}

function recall(index: (machine: Machine) => number): Operation {
  return (machine) => {
    const value = machine.memo.get(index(machine));
    if (value === undefined) throw corrupt(machine.host.file, "its pickle refers to what it has not said");
    machine.stack.push(value);
  };
}

const STACK: OperationTable = {
  [OPCODES.PROTO]: ({ reader, host }) => {
    const protocol = uint8(reader);
    if (protocol > 5) throw unsupported(host.file, `is written in pickle protocol ${protocol}`);
  },
  // Frames help whoever reads from a stream.
  [OPCODES.FRAME]: ({ reader }) => void uint64(reader),
  [OPCODES.MARK]: ({ marks, stack }) => void marks.push(stack.length),
  [OPCODES.POP]: (machine) => void pop(machine),
  [OPCODES.POP_MARK]: (machine) => void popMark(machine),
  [OPCODES.DUP]: (machine) => void machine.stack.push(top(machine)),
  [OPCODES.BINPUT]: remember(({ reader }) => uint8(reader)),
  [OPCODES.LONG_BINPUT]: remember(({ reader }) => uint32(reader)),
  [OPCODES.MEMOIZE]: remember(({ memo }) => memo.size),
  [OPCODES.BINGET]: recall(({ reader }) => uint8(reader)),
  [OPCODES.LONG_BINGET]: recall(({ reader }) => uint32(reader)),
};

const OPERATIONS: readonly (Operation | undefined)[] = Array.from(
  { length: 256 },
  (_, opcode) => STACK[opcode] ?? LITERALS[opcode] ?? CONTAINERS[opcode] ?? OBJECTS[opcode],
);

/**
 * Reads one pickle, which leaves the reader behind its end. Nothing of it is executed: Python names on an allow-list
 * stand for a few functions of this folder that take plain data and return it; any other name is an error that says it.
 * Throws FateZeroError, or PickleCut where the bytes end before the pickle does.
 */
export function unpickle(reader: ByteReader, host: PickleHost): TorchValue {
  const machine: Machine = {
    host,
    reader,
    stack: [],
    marks: [],
    memo: new Map(),
    parameterDicts: new WeakSet(),
    steps: 0,
  };
  for (;;) {
    spend(machine, 1);
    const opcode = uint8(reader);
    if (opcode === OPCODES.STOP) return pop(machine);
    const operation = OPERATIONS[opcode];
    if (!operation) throw unsupported(host.file, `has the pickle opcode ${nameOfOpcode(opcode)}`);
    operation(machine);
  }
}
