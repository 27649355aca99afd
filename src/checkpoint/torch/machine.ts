import { MAX_PICKLE_OPERATIONS } from "../../limits.ts";
import type { ByteReader } from "./byte-reader.ts";
import { corrupt, tooLarge } from "./faults.ts";
import type { TorchStorage, TorchValue } from "./values.ts";

/** What a pickle is read for. */
export interface PickleHost {
  /** What messages call the file. */
  readonly file: string;
  /** The storage of that name; `elementBytes` is what its file counts it in. Throws where there cannot be one. */
  declare(key: string, bytes: number, elementBytes: number): TorchStorage;
}

/** State of the stack machine that a pickle is a program of. Its values are plain data, so nothing can be called. */
export interface Machine {
  readonly host: PickleHost;
  readonly reader: ByteReader;
  readonly stack: TorchValue[];
  /** Heights of the stack at each mark that is still open. */
  readonly marks: number[];
  readonly memo: Map<number, TorchValue>;
  /** Dicts that stand for a `ParameterDict`, whose entries come as the state of the object. */
  readonly parameterDicts: WeakSet<object>;
  /** Operations done. */
  steps: number;
}

export type Operation = (machine: Machine) => void;

/** Operations by opcode. */
export type OperationTable = Readonly<Record<number, Operation>>;

/** Counts operations, so that no file takes long. Throws where they are too many. */
export function spend(machine: Machine, steps: number): void {
  machine.steps += steps;
  if (machine.steps <= MAX_PICKLE_OPERATIONS) return;
  throw tooLarge(machine.host.file, `has a pickle of more than ${MAX_PICKLE_OPERATIONS} steps`);
}

/** The topmost value. Throws where there is none above the last mark. */
export function top({ stack, marks, host }: Machine): TorchValue {
  if (stack.length <= (marks.at(-1) ?? 0)) throw corrupt(host.file, "its pickle takes more than it holds");
  return stack.at(-1)!;
}

export function pop(machine: Machine): TorchValue {
  const value = top(machine);
  machine.stack.pop();
  return value;
}

/** All values above the last mark, which is closed. */
export function popMark({ stack, marks, host }: Machine): TorchValue[] {
  const start = marks.pop();
  if (start === undefined) throw corrupt(host.file, "its pickle closes a group that was never opened");
  return stack.splice(start);
}
