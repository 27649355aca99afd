import { line } from "./byte-reader.ts";
import { corrupt, quoted, unsafe, unsupported } from "./faults.ts";
import { type Machine, type Operation, type OperationTable, pop, spend, top } from "./machine.ts";
import { BOOKKEEPING, DTYPES, isKnownButUnsupported, PARAMETER_DICT, STORAGES } from "./names.ts";
import { OPCODES } from "./opcodes.ts";
import { FUNCTIONS, persistent } from "./rebuild.ts";
import { isDict, isInert, isList, type TorchValue } from "./values.ts";

/** A name on the allow-list as an inert value. Throws, saying it, where it is not on the list. */
function named({ host }: Machine, module: string, name: string): TorchValue {
  const full = `${module}.${name}`;
  for (const list of [STORAGES, DTYPES, FUNCTIONS, BOOKKEEPING]) {
    if (list.has(full)) return { kind: "inert", name: full };
  }
  if (full === PARAMETER_DICT) return { kind: "inert", name: full };
  if (isKnownButUnsupported(full)) throw unsupported(host.file, `holds tensors of the kind ${quoted(full)}`);
  throw unsafe(host.file, `names the Python object ${quoted(full)}`);
}

/** Calls a function of the list, that is: does what stands for it. Bookkeeping stays a name. */
function call({ host }: Machine, callee: TorchValue, args: TorchValue): TorchValue {
  if (!isInert(callee) || !isList(args)) throw corrupt(host.file, "its pickle calls what is no function");
  const rebuild = FUNCTIONS.get(callee.name);
  if (rebuild) return rebuild(host, args);
  if (BOOKKEEPING.has(callee.name)) return { kind: "inert", name: callee.name };
  throw unsafe(host.file, `calls ${quoted(callee.name)}`);
}

/** A new object of a class of the list. */
function create(machine: Machine, type: TorchValue): TorchValue {
  if (!isInert(type)) throw corrupt(machine.host.file, "its pickle makes an object of what is no class");
  if (BOOKKEEPING.has(type.name)) return { kind: "inert", name: type.name };
  if (type.name !== PARAMETER_DICT)
    throw unsafe(machine.host.file, `makes an object of ${quoted(type.name)}`);
  const dict = new Map<TorchValue, TorchValue>();
  machine.parameterDicts.add(dict);
  return dict;
}

/** Gives an object its state. It is used of a `ParameterDict` only, whose entries it holds. */
const build: Operation = (machine) => {
  const state = pop(machine);
  const target = top(machine);
  if (isInert(target) && BOOKKEEPING.has(target.name)) return;
  if (!(target instanceof Map)) throw unsafe(machine.host.file, "sets the state of what is no dict");
  if (!machine.parameterDicts.has(target) || !isDict(state)) return;
  const entries = state.get("_parameters");
  if (!isDict(entries)) return;
  spend(machine, entries.size);
  for (const [key, value] of entries) target.set(key, value);
};

function refused(opcode: keyof typeof OPCODES, what: string): Operation {
  return ({ host }) => {
    throw unsafe(host.file, `${what} (pickle opcode ${opcode})`);
  };
}

/** Opcodes that in Python look up names, call functions and make objects. */
export const OBJECTS: OperationTable = {
  [OPCODES.GLOBAL]: (machine) => {
    const module = line(machine.reader);
    machine.stack.push(named(machine, module, line(machine.reader)));
  },
  [OPCODES.STACK_GLOBAL]: (machine) => {
    const name = pop(machine);
    const module = pop(machine);
    if (typeof module !== "string" || typeof name !== "string") {
      throw corrupt(machine.host.file, "its pickle looks up a name that is no text");
    }
    machine.stack.push(named(machine, module, name));
  },
  [OPCODES.REDUCE]: (machine) => {
    const args = pop(machine);
    const callee = pop(machine);
    machine.stack.push(call(machine, callee, args));
  },
  [OPCODES.NEWOBJ]: (machine) => {
    pop(machine);
    machine.stack.push(create(machine, pop(machine)));
  },
  [OPCODES.BUILD]: build,
  [OPCODES.BINPERSID]: (machine) => {
    machine.stack.push(persistent(machine.host, pop(machine)));
  },
  [OPCODES.INST]: ({ reader, host }) => {
    const module = line(reader);
    throw unsafe(host.file, `makes an object of ${quoted(`${module}.${line(reader)}`)} (pickle opcode INST)`);
  },
  [OPCODES.OBJ]: refused("OBJ", "makes an object of a class"),
  [OPCODES.NEWOBJ_EX]: refused("NEWOBJ_EX", "makes an object of a class"),
  [OPCODES.EXT1]: refused("EXT1", "asks for a registered object"),
  [OPCODES.EXT2]: refused("EXT2", "asks for a registered object"),
  [OPCODES.EXT4]: refused("EXT4", "asks for a registered object"),
};
