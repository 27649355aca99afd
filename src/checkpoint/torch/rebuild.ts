import { MAX_RANK } from "../../limits.ts";
import { bytesPerElement, type DType, formatShape } from "../../tensor/index.ts";
import { corrupt, quoted, unsupported } from "./faults.ts";
import type { PickleHost } from "./machine.ts";
import { DTYPES, STORAGES } from "./names.ts";
import {
  isDict,
  isInert,
  isList,
  isTensor,
  isTypedStorage,
  type TorchTensor,
  type TorchValue,
} from "./values.ts";
import { elementsOf, spanOf } from "./view.ts";

/** What stands for a Python function: plain data in, plain data out. */
type Rebuild = (host: PickleHost, args: readonly TorchValue[]) => TorchValue;

function count(host: PickleHost, value: TorchValue | undefined, what: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw corrupt(host.file, `${what} is no whole number from 0 up`);
}

function counts(host: PickleHost, value: TorchValue | undefined, what: string): number[] {
  if (!isList(value) || value.length > MAX_RANK)
    throw corrupt(host.file, `${what} of a tensor is no list of up to ${MAX_RANK} numbers`);
  return value.map((item) => count(host, item, `a number in ${what} of a tensor`));
}

/** A tensor that looks at `args`: storage, offset, shape, strides. Throws where it reaches out of the storage. */
function tensorOf(host: PickleHost, args: readonly TorchValue[], type?: DType): TorchTensor {
  const [typed] = args;
  if (!isTypedStorage(typed)) throw corrupt(host.file, "a tensor has no storage");
  const dtype = type ?? typed.dtype ?? "uint8";
  const first = count(host, args[1], "the offset of a tensor");
  const shape = counts(host, args[2], "the shape");
  const strides = counts(host, args[3], "the strides");
  if (shape.length !== strides.length)
    throw corrupt(host.file, "a tensor has more strides than axes, or fewer");
  const elements = elementsOf(shape);
  const span = spanOf(shape, strides);
  const size = bytesPerElement(dtype);
  // An empty tensor may look anywhere: nothing is read of it.
  if (elements === null || span === null || (span > 0 && (first + span) * size > typed.bytes)) {
    const at = `${formatShape(shape)} ${dtype} from element ${first} on, strides ${formatShape(strides)}`;
    throw corrupt(host.file, `a tensor ${at} reaches past its storage of ${typed.bytes} bytes`);
  }
  if (typed.start % size !== 0) throw corrupt(host.file, "a tensor begins inside an element of its storage");
  const offset = span === 0 ? 0 : typed.start / size + first;
  return { kind: "tensor", dtype, shape, strides, storage: typed.storage, offset };
}

/** Flags of newer files: the bytes are those of the negative or the conjugate. */
function refuseFlags(host: PickleHost, metadata: TorchValue | undefined): void {
  if (!isDict(metadata)) return;
  for (const flag of ["neg", "conj"]) {
    if (metadata.get(flag)) throw unsupported(host.file, `holds a tensor with the flag "${flag}"`);
  }
}

const parameter: Rebuild = (host, [data]) => {
  if (isTensor(data)) return data;
  throw corrupt(host.file, "a parameter is no tensor");
};

/** A tuple or a set of the items of a list, which it may share: it is only read. */
const items: Rebuild = (host, [list = []]) => {
  if (isList(list)) return list;
  throw corrupt(host.file, "a set or a size is made of what is no list");
};

/** The functions that a pickle may call, by their Python names. */
export const FUNCTIONS: ReadonlyMap<string, Rebuild> = new Map<string, Rebuild>([
  ["torch._utils._rebuild_tensor", (host, args) => tensorOf(host, args)],
  [
    // (storage, offset, shape, strides, requires_grad, hooks, metadata)
    "torch._utils._rebuild_tensor_v2",
    (host, args) => {
      refuseFlags(host, args[6]);
      return tensorOf(host, args);
    },
  ],
  [
    // (storage, offset, shape, strides, requires_grad, hooks, dtype, metadata)
    "torch._utils._rebuild_tensor_v3",
    (host, args) => {
      refuseFlags(host, args[7]);
      const dtype = isInert(args[6]) ? DTYPES.get(args[6].name) : undefined;
      if (dtype === undefined) throw corrupt(host.file, "a tensor has no element type");
      return tensorOf(host, args, dtype);
    },
  ],
  ["torch._utils._rebuild_parameter", parameter],
  ["torch._utils._rebuild_parameter_with_state", parameter],
  [
    "collections.OrderedDict",
    (host, args) => {
      if (args.length === 0) return new Map();
      throw unsupported(host.file, "holds an OrderedDict in the form of Python 2");
    },
  ],
  ["torch.Size", items],
  ["builtins.set", items],
  ["__builtin__.set", items],
]);

/**
 * What a persistent id stands for: `("storage", class, key, device, elements, part)`, where `part` is of legacy files
 * only: nothing, or `(key, first element, elements)`; or, in legacy files, `("module", class, file, source)`.
 */
export function persistent(host: PickleHost, id: TorchValue): TorchValue {
  if (!isList(id)) throw corrupt(host.file, "a persistent id of its pickle is no tuple");
  const [kind, type, key, , elements, part] = id;
  if (kind === "module" && isInert(type)) return type;
  const dtype = isInert(type) ? STORAGES.get(type.name) : undefined;
  if (kind !== "storage" || dtype === undefined || typeof key !== "string") {
    throw corrupt(host.file, "a persistent id of its pickle names no storage");
  }
  const size = dtype === null ? 1 : bytesPerElement(dtype);
  const bytes = count(host, elements, `the size of the storage ${quoted(key)}`) * size;
  if (!Number.isSafeInteger(bytes))
    throw corrupt(host.file, `the storage ${quoted(key)} claims ${bytes} bytes`);
  const storage = host.declare(key, bytes, size);
  if (!isList(part)) return { kind: "storage", dtype, storage, start: 0, bytes };
  const start = count(host, part[1], "the place of a part of a storage") * size;
  const length = count(host, part[2], "the size of a part of a storage") * size;
  if (start + length > bytes)
    throw corrupt(host.file, `a part of the storage ${quoted(key)} reaches past it`);
  return { kind: "storage", dtype, storage, start, bytes: length };
}
