import type { DType, Shape } from "../../tensor/index.ts";

/** Where the bytes of a storage are in its file. */
export interface StoragePlace {
  readonly file: string;
  readonly offset: number;
  /** Bytes that it takes in the file: fewer than the storage has where `deflated`. */
  readonly length: number;
  readonly deflated: boolean;
}

/** A run of bytes that tensors are views of, as the file's pickle declares it. */
export interface TorchStorage {
  /** Its name in the file. */
  readonly key: string;
  /** Size in bytes. */
  readonly bytes: number;
  readonly place: StoragePlace;
}

/** A storage, or a part of one, together with the type of its elements. */
export interface TypedStorage {
  readonly kind: "storage";
  /** `null` where the elements have no type of their own: they are bytes until a tensor says more. */
  readonly dtype: DType | null;
  readonly storage: TorchStorage;
  /** The part of the storage, in bytes. */
  readonly start: number;
  readonly bytes: number;
}

/** A tensor: a strided view of a storage. That it stays inside its storage was checked. */
export interface TorchTensor {
  readonly kind: "tensor";
  readonly dtype: DType;
  readonly shape: Shape;
  /** Elements between neighbours along each axis, 0 or more. */
  readonly strides: readonly number[];
  readonly storage: TorchStorage;
  /** Place of the first element, in elements from the beginning of the storage. */
  readonly offset: number;
}

/** What stands for a Python class or function, or for what one would have made. It is a name and nothing more. */
export interface Inert {
  readonly kind: "inert";
  /** For example `numpy.dtype`. */
  readonly name: string;
}

export type TorchDict = ReadonlyMap<TorchValue, TorchValue>;

/** What a PyTorch file holds, as plain data: dicts are Maps; lists, tuples and sets are arrays. */
export type TorchValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | TorchTensor
  | TypedStorage
  | Inert
  | readonly TorchValue[]
  | ReadonlyMap<TorchValue, TorchValue>;

export function isDict(value: TorchValue | undefined): value is TorchDict {
  return value instanceof Map;
}

export function isList(value: TorchValue | undefined): value is readonly TorchValue[] {
  return Array.isArray(value);
}

function hasKind(value: TorchValue | undefined, kind: string): boolean {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === kind;
}

export function isTensor(value: TorchValue | undefined): value is TorchTensor {
  return hasKind(value, "tensor");
}

export function isTypedStorage(value: TorchValue | undefined): value is TypedStorage {
  return hasKind(value, "storage");
}

export function isInert(value: TorchValue | undefined): value is Inert {
  return hasKind(value, "inert");
}
