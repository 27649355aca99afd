import { FateZeroError } from "../errors.ts";
import { isJsonObject, readJsonObject, shownJson } from "../json.ts";
import { MAX_HEADER_BYTES, MAX_RANK, MAX_TENSORS } from "../limits.ts";
import { bytesPerElement, type DType } from "./dtype.ts";
import { formatShape, type Shape, sizeOf } from "./shape.ts";

/** One tensor of a `.safetensors` file: where its bytes are, counted from the start of the file. */
export interface TensorEntry {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly offset: number;
  readonly length: number;
}

export interface SafetensorsHeader {
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
}

const DTYPES: Readonly<Record<string, DType>> = {
  F64: "float64",
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
  I64: "int64",
  I32: "int32",
  I16: "int16",
  I8: "int8",
  U8: "uint8",
  BOOL: "bool",
};

/** Types that the format has and this program does not: 8 bits and less, unsigned, complex. */
const UNSUPPORTED = /^(F8_|F4|F6|U16|U32|U64|C64|I4|U4)/;

function unsupported(file: string, name: string, code: string): FateZeroError {
  return new FateZeroError(
    "safetensors-unsupported",
    `${file} holds ${shownJson(name)} as ${code}, a type that is not computed with here.`,
    "Use the file with 16 or 32 bits.",
  );
}

function corrupt(file: string, cause: string): FateZeroError {
  return new FateZeroError(
    "safetensors-corrupt",
    `${file} is not a sound .safetensors file: ${cause}.`,
    "Download or write the file again.",
  );
}

/** Length of the JSON header, from the file's first 8 bytes. Throws FateZeroError where it cannot be true. */
export function headerLength(file: string, prefix: Uint8Array, fileSize: number): number {
  if (prefix.length < 8) throw corrupt(file, `it has only ${prefix.length} bytes`);
  const length = new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true);
  if (length > fileSize - 8)
    throw corrupt(file, `its header claims ${length} bytes, the file has ${fileSize}`);
  if (length > MAX_HEADER_BYTES)
    throw corrupt(file, `its header claims ${length} bytes, more than ${MAX_HEADER_BYTES}`);
  return Number(length);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function parseEntry(
  file: string,
  name: string,
  value: unknown,
  dataStart: number,
  fileSize: number,
): TensorEntry {
  if (!isJsonObject(value)) throw corrupt(file, `the entry of ${shownJson(name)} is no object`);
  const { dtype: code, shape, data_offsets: offsets } = value;
  const dtype = typeof code === "string" && Object.hasOwn(DTYPES, code) ? DTYPES[code] : undefined;
  if (!dtype) {
    if (typeof code === "string" && UNSUPPORTED.test(code)) throw unsupported(file, name, code);
    throw corrupt(file, `${shownJson(name)} has the unknown type ${shownJson(code)}`);
  }
  if (!Array.isArray(shape) || shape.length > MAX_RANK || !shape.every(isCount))
    throw corrupt(file, `${shownJson(name)} has no valid shape`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    throw corrupt(file, `${shownJson(name)} has no valid offsets`);
  }
  const [begin, end] = offsets as [number, number];
  const length = sizeOf(shape) * bytesPerElement(dtype);
  if (end - begin !== length) {
    throw corrupt(
      file,
      `${shownJson(name)} ${formatShape(shape)} ${code} needs ${length} bytes, its offsets hold ${end - begin}`,
    );
  }
  if (dataStart + end > fileSize)
    throw corrupt(file, `${shownJson(name)} runs past the end of the file (it is cut off)`);
  return { dtype, shape, offset: dataStart + begin, length };
}

function textOf(file: string, json: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(json);
  } catch (cause) {
    // A decoder that is asked to be strict tells so only by throwing.
    if (cause instanceof TypeError) throw corrupt(file, "its header is no text");
    throw cause;
  }
}

/** Parses and checks a header: types known, sizes right, no tensor over the end or over another. */
export function parseHeader(file: string, json: Uint8Array, fileSize: number): SafetensorsHeader {
  const parsed = readJsonObject(textOf(file, json));
  if (parsed.fault !== null) throw corrupt(file, `its header ${parsed.fault}`);
  const { __metadata__: rawMetadata = {}, ...rest } = parsed.value;
  if (!isJsonObject(rawMetadata)) throw corrupt(file, "its metadata is no object");
  const texts = Object.entries(rawMetadata).map(([key, value]) => {
    if (typeof value === "string") return [key, value] as const;
    throw corrupt(file, `its metadata ${shownJson(key)} is no text, but ${shownJson(value)}`);
  });
  const metadata = Object.fromEntries(texts);
  const tensors = new Map<string, TensorEntry>();
  const entries = Object.entries(rest);
  if (entries.length > MAX_TENSORS)
    throw corrupt(file, `it has ${entries.length} tensors, more than ${MAX_TENSORS}`);
  for (const [name, value] of entries) {
    tensors.set(name, parseEntry(file, name, value, 8 + json.length, fileSize));
  }
  let end = 0;
  let previous = "";
  for (const [name, entry] of [...tensors].sort(([, a], [, b]) => a.offset - b.offset)) {
    if (entry.offset < end) throw corrupt(file, `${shownJson(name)} overlaps ${shownJson(previous)}`);
    end = entry.offset + entry.length;
    previous = name;
  }
  return { tensors, metadata };
}

export interface TensorToWrite {
  readonly dtype: "float32" | "float16" | "int64";
  readonly shape: Shape;
  readonly data: Float32Array | Uint16Array | BigInt64Array;
}

/** A tensor whose little-endian bytes are read when they are written: files larger than memory go through so. */
export interface TensorToCopy {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly bytes: () => Promise<Uint8Array>;
}

const CODES = Object.fromEntries(Object.entries(DTYPES).map(([code, dtype]) => [dtype, code]));

const bytesOf = ({ data }: TensorToWrite): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** The bytes that precede the tensors' data (8-byte length and padded JSON), and the data in file order. */
export function layOut(
  tensors: Readonly<Record<string, TensorToWrite | TensorToCopy>>,
  metadata: Readonly<Record<string, string>>,
): { readonly head: Uint8Array; readonly bodies: readonly (() => Promise<Uint8Array>)[] } {
  // Wide types first keeps every tensor aligned to its element size.
  const names = Object.keys(tensors).sort(
    (a, b) => bytesPerElement(tensors[b]!.dtype) - bytesPerElement(tensors[a]!.dtype) || (a < b ? -1 : 1),
  );
  const header: Record<string, unknown> = { __metadata__: metadata };
  const bodies: (() => Promise<Uint8Array>)[] = [];
  let offset = 0;
  for (const name of names) {
    const tensor = tensors[name]!;
    const { dtype, shape } = tensor;
    const length = sizeOf(shape) * bytesPerElement(dtype);
    header[name] = { dtype: CODES[dtype], shape, data_offsets: [offset, offset + length] };
    bodies.push("bytes" in tensor ? tensor.bytes : async () => bytesOf(tensor));
    offset += length;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(json.length / 8) * 8;
  const head = new Uint8Array(8 + padded).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(padded), true);
  head.set(json, 8);
  return { head, bodies };
}
