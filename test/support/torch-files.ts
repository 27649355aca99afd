import { deflateRawSync } from "node:zlib";
import {
  bytesPerElement,
  type DType,
  float32ToFloat16,
  type Shape,
  stridesOf,
} from "../../src/tensor/index.ts";
import { type EntryToWrite, zipOf } from "./zip-files.ts";

/** Writes PyTorch files as `torch.save` does, and pickles that no one should: what the tests of its reader read. */

/** Bytes of a pickle that leave one value on the stack. */
export interface Opcodes {
  readonly opcodes: Uint8Array;
}

/** Bytes that tensors share. */
export interface StorageToPickle {
  readonly dtype: DType;
  readonly bytes: Uint8Array;
}

export interface TensorToPickle {
  readonly storage: StorageToPickle;
  readonly shape: Shape;
  readonly strides: readonly number[];
  /** In elements. */
  readonly offset: number;
}

/** What can be pickled: Maps become dicts, arrays lists; `tuple`, `global`, `call` and `instance` make the rest. */
export type Picklable =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly Picklable[]
  | ReadonlyMap<Picklable, Picklable>
  | TensorToPickle
  | Opcodes
  | { readonly tuple: readonly Picklable[] }
  | { readonly call: Picklable; readonly args: readonly Picklable[] }
  | { readonly instanceOf: Picklable; readonly state: Picklable };

const STORAGE_CLASSES: Record<DType, string> = {
  float32: "FloatStorage",
  float16: "HalfStorage",
  bfloat16: "BFloat16Storage",
  float64: "DoubleStorage",
  int64: "LongStorage",
  int32: "IntStorage",
  int16: "ShortStorage",
  int8: "CharStorage",
  uint8: "ByteStorage",
  bool: "BoolStorage",
};

function bytesOfValues(dtype: DType, values: readonly number[]): Uint8Array {
  const typed = (array: ArrayBufferView) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  switch (dtype) {
    case "float32":
      return typed(Float32Array.from(values));
    case "float64":
      return typed(Float64Array.from(values));
    case "float16":
      return typed(float32ToFloat16(Float32Array.from(values)));
    case "int64":
      return typed(BigInt64Array.from(values, BigInt));
    case "int32":
      return typed(Int32Array.from(values));
    case "int8":
    case "uint8":
    case "bool":
      return Uint8Array.from(values);
    default:
      throw new RangeError(`Tests write no ${dtype}.`);
  }
}

export function storage(dtype: DType, values: readonly number[]): StorageToPickle {
  return { dtype, bytes: bytesOfValues(dtype, values) };
}

/** A view of a storage; row-major from its beginning if not told otherwise. */
export function view(
  of: StorageToPickle,
  shape: Shape,
  strides: readonly number[] = stridesOf(shape),
  offset = 0,
): TensorToPickle {
  return { storage: of, shape, strides, offset };
}

/** A tensor with a storage of its own. */
export function tensor(dtype: DType, shape: Shape, values: readonly number[]): TensorToPickle {
  return view(storage(dtype, values), shape);
}

export function tuple(...items: readonly Picklable[]): Picklable {
  return { tuple: items };
}

export function dict(entries: Readonly<Record<string, Picklable>>): ReadonlyMap<Picklable, Picklable> {
  return new Map(Object.entries(entries));
}

/** A byte, the bytes of a text, or bytes. */
export type OpcodePart = number | string | Uint8Array;

/** A value made of the given bytes of pickle. */
export function opcodes(...parts: readonly OpcodePart[]): Opcodes {
  const chunks = parts.map((part) =>
    typeof part === "number" ? Buffer.of(part) : Buffer.from(part as string),
  );
  return { opcodes: Buffer.concat(chunks) };
}

/** The Python object of that name (opcode GLOBAL). */
export function global(module: string, name: string): Opcodes {
  return opcodes("c", `${module}\n${name}\n`);
}

/** A call (opcode REDUCE). */
export function call(callee: Picklable, ...args: readonly Picklable[]): Picklable {
  return { call: callee, args };
}

/** An object of a class, made without arguments (opcode NEWOBJ), then given its state (BUILD). */
export function instance(of: Picklable, state: Picklable): Picklable {
  return { instanceOf: of, state };
}

type StorageId = (storage: StorageToPickle) => Picklable;

function number(value: number): Uint8Array {
  const bytes = Buffer.alloc(9);
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 31) {
    bytes.write("J");
    bytes.writeInt32LE(value, 1);
    return bytes.subarray(0, 5);
  }
  bytes.write("G");
  bytes.writeDoubleBE(value, 1);
  return bytes;
}

function long(value: bigint): Uint8Array {
  const bytes = Buffer.alloc(2 + 16);
  bytes.set([0x8a, 16]);
  bytes.writeBigInt64LE(BigInt.asIntN(64, value), 2);
  bytes.writeBigInt64LE(value >> 64n, 10);
  return bytes;
}

function text(value: string): Uint8Array {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([Buffer.from("X"), length, bytes]);
}

function rebuild({ storage: of, shape, strides, offset }: TensorToPickle, id: StorageId): Picklable {
  return call(
    global("torch._utils", "_rebuild_tensor_v2"),
    opcodes(emit(id(of), id), "Q"),
    offset,
    tuple(...shape),
    tuple(...strides),
    false,
    call(global("collections", "OrderedDict")),
  );
}

function emit(value: Picklable, id: StorageId): Uint8Array {
  const all = (values: readonly Picklable[]) => values.map((item) => emit(item, id));
  const join = (...parts: readonly OpcodePart[]) => opcodes(...parts).opcodes;
  if (value === null) return join("N");
  if (typeof value === "boolean") return join(value ? 0x88 : 0x89);
  if (typeof value === "number") return number(value);
  if (typeof value === "bigint") return long(value);
  if (typeof value === "string") return text(value);
  if (value instanceof Map) return join("}(", ...all([...value].flat() as Picklable[]), "u");
  if (Array.isArray(value)) return join("](", ...all(value), "e");
  if ("opcodes" in value) return value.opcodes;
  if ("tuple" in value) return join("(", ...all(value.tuple), "t");
  if ("call" in value) return join(emit(value.call, id), emit(tuple(...value.args), id), "R");
  if ("instanceOf" in value) return join(emit(value.instanceOf, id), ")", 0x81, emit(value.state, id), "b");
  return emit(rebuild(value as TensorToPickle, id), id);
}

const noStorage: StorageId = () => {
  throw new RangeError("This pickle holds no tensors.");
};

/** One whole pickle of protocol 2. */
export function pickle(value: Picklable, id: StorageId = noStorage): Uint8Array {
  return opcodes(0x80, 2, emit(value, id), ".").opcodes;
}

/** The opcodes of a value alone, to be put among others. */
export function bare(value: Picklable): Uint8Array {
  return emit(value, noStorage);
}

/** Names storages in the order in which they come. */
function numbering(part: (key: string) => readonly Picklable[]): {
  id: StorageId;
  storages: Map<StorageToPickle, string>;
} {
  const storages = new Map<StorageToPickle, string>();
  const id: StorageId = (of) => {
    const key = storages.get(of) ?? String(storages.size);
    storages.set(of, key);
    const elements = of.bytes.length / bytesPerElement(of.dtype);
    return tuple("storage", global("torch", STORAGE_CLASSES[of.dtype]), key, "cpu", elements, ...part(key));
  };
  return { id, storages };
}

export interface ZipOptions {
  /** Compress every entry, as some tools that touch the file do. */
  readonly deflate?: boolean;
  /** What the entry `byteorder` says. @default "little" */
  readonly byteOrder?: string;
  /** Write the numbers of large archives. */
  readonly zip64?: boolean;
  /** Changes the entries before they are written. */
  readonly change?: (entries: EntryToWrite[]) => EntryToWrite[];
}

/** An archive round a pickle that is given as its bytes. */
export function torchZipOf(
  dataPkl: Uint8Array,
  storages: ReadonlyMap<string, Uint8Array> = new Map(),
  { deflate = false, byteOrder = "little", zip64 = false, change = (entries) => entries }: ZipOptions = {},
): Uint8Array {
  const entry = (name: string, bytes: Uint8Array): EntryToWrite => ({
    name: `archive/${name}`,
    content: deflate ? deflateRawSync(bytes) : bytes,
    method: deflate ? 8 : 0,
    bytes: bytes.length,
    align: 64,
  });
  return zipOf(
    change([
      entry("data.pkl", dataPkl),
      entry("byteorder", Buffer.from(byteOrder)),
      ...[...storages].map(([key, bytes]) => entry(`data/${key}`, bytes)),
      entry("version", Buffer.from("3\n")),
    ]),
    { zip64 },
  );
}

/** An archive round a pickle of these opcodes, without storages. */
export function torchZipOfOpcodes(...parts: readonly OpcodePart[]): Uint8Array {
  return torchZipOf(opcodes(0x80, 2, ...parts, ".").opcodes);
}

/** A file of PyTorch 1.6 or later. */
export function torchZip(value: Picklable, options: ZipOptions = {}): Uint8Array {
  const { id, storages } = numbering(() => []);
  const dataPkl = pickle(value, id);
  return torchZipOf(dataPkl, new Map([...storages].map(([{ bytes }, key]) => [key, bytes])), options);
}

export interface LegacyOptions {
  readonly littleEndian?: boolean;
  readonly version?: number;
  /** What the file says of the number of elements of a storage, where it is not the truth. */
  readonly elements?: bigint;
}

/** A file of PyTorch before 1.6. */
export function torchLegacy(
  value: Picklable,
  { littleEndian = true, version = 1001, elements }: LegacyOptions = {},
): Uint8Array {
  const { id, storages } = numbering(() => [null]);
  const object = pickle(value, id);
  const bodies = [...storages.keys()].flatMap(({ dtype, bytes }) => {
    const count = Buffer.alloc(8);
    count.writeBigInt64LE(elements ?? BigInt(bytes.length / bytesPerElement(dtype)));
    return [count, bytes];
  });
  return Buffer.concat([
    opcodes(0x80, 2, 0x8a, 10, Buffer.from("6cfc9c46f9206aa85019", "hex"), ".").opcodes,
    pickle(version),
    pickle(dict({ protocol_version: version, little_endian: littleEndian })),
    object,
    pickle([...storages.values()]),
    ...bodies,
  ]);
}
