import { MAX_PICKLE_BYTES } from "../../limits.ts";
import { float64, int32, take, uint8, uint16, uint32, uint64 } from "./byte-reader.ts";
import { corrupt } from "./faults.ts";
import type { Machine, Operation, OperationTable } from "./machine.ts";
import { OPCODES } from "./opcodes.ts";
import type { TorchValue } from "./values.ts";

/** Longest whole number in bytes: the magic number of old files takes 10. */
const MAX_LONG_BYTES = 32;

function literal(read: (machine: Machine) => TorchValue): Operation {
  return (machine) => {
    machine.stack.push(read(machine));
  };
}

/** The next bytes, for a value of that length. A length that cannot be true is refused before any more is read. */
function body({ reader, host }: Machine, length: number, limit = MAX_PICKLE_BYTES): Uint8Array {
  if (length < 0 || length > limit) throw corrupt(host.file, `its pickle claims a value of ${length} bytes`);
  return take(reader, length);
}

function text(machine: Machine, length: number): string {
  const bytes = body(machine, length);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw corrupt(machine.host.file, "its pickle holds a text that is not UTF-8");
  }
}

/** A text of Python 2, which had no encoding: what is not UTF-8 is bytes. */
function oldText(machine: Machine, length: number): TorchValue {
  const bytes = body(machine, length);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return bytes.slice();
  }
}

/** A whole number in two's complement, lowest byte first. */
function long(machine: Machine, length: number): number | bigint {
  const bytes = body(machine, length, MAX_LONG_BYTES);
  if (length === 0) return 0;
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).reverse();
  const value = BigInt.asIntN(8 * length, BigInt(`0x${digits.join("")}`));
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** Opcodes that put a value on the stack: nothing, truth, numbers, texts, bytes. */
export const LITERALS: OperationTable = {
  [OPCODES.NONE]: literal(() => null),
  [OPCODES.NEWTRUE]: literal(() => true),
  [OPCODES.NEWFALSE]: literal(() => false),
  [OPCODES.BININT]: literal(({ reader }) => int32(reader)),
  [OPCODES.BININT1]: literal(({ reader }) => uint8(reader)),
  [OPCODES.BININT2]: literal(({ reader }) => uint16(reader)),
  [OPCODES.LONG1]: literal((machine) => long(machine, uint8(machine.reader))),
  [OPCODES.LONG4]: literal((machine) => long(machine, int32(machine.reader))),
  [OPCODES.BINFLOAT]: literal(({ reader }) => float64(reader)),
  [OPCODES.SHORT_BINUNICODE]: literal((machine) => text(machine, uint8(machine.reader))),
  [OPCODES.BINUNICODE]: literal((machine) => text(machine, uint32(machine.reader))),
  [OPCODES.BINUNICODE8]: literal((machine) => text(machine, uint64(machine.reader))),
  [OPCODES.SHORT_BINSTRING]: literal((machine) => oldText(machine, uint8(machine.reader))),
  [OPCODES.BINSTRING]: literal((machine) => oldText(machine, int32(machine.reader))),
  [OPCODES.SHORT_BINBYTES]: literal((machine) => body(machine, uint8(machine.reader)).slice()),
  [OPCODES.BINBYTES]: literal((machine) => body(machine, uint32(machine.reader)).slice()),
  [OPCODES.BINBYTES8]: literal((machine) => body(machine, uint64(machine.reader)).slice()),
  [OPCODES.BYTEARRAY8]: literal((machine) => body(machine, uint64(machine.reader)).slice()),
};
