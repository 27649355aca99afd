import { MAX_PICKLE_BYTES } from "../../limits.ts";
import { type ByteReader, byteReader, PickleCut } from "./byte-reader.ts";
import { corrupt, quoted, tooLarge, unsupported } from "./faults.ts";
import { type OpenFile, readExactly, readPart } from "./file.node.ts";
import type { PickleHost } from "./machine.ts";
import { unpickle } from "./unpickle.ts";
import { isDict, isList, type StoragePlace, type TorchValue } from "./values.ts";

const PROTOCOL_VERSION = 1001;
const FIRST_READ_BYTES = 2 ** 18;

/** A storage whose place is known only when those before it have been passed. */
interface LegacyStorage {
  readonly key: string;
  readonly bytes: number;
  readonly elementBytes: number;
  place: StoragePlace;
}

interface Head {
  readonly value: TorchValue;
  /** Storages by name, in the order of their bytes. */
  readonly storages: readonly LegacyStorage[];
  /** Where the pickles end and the bytes begin. */
  readonly end: number;
}

function checkPlatform(file: string, version: TorchValue, platform: TorchValue): void {
  if (version !== PROTOCOL_VERSION) throw unsupported(file, `has PyTorch's file version ${String(version)}`);
  if (!isDict(platform)) throw corrupt(file, "it does not say what machine wrote it");
  if (platform.get("little_endian") !== true) throw unsupported(file, 'has the byte order "big"');
}

/** The five pickles: magic number, version, platform, the object, the names of the storages in order. */
function readHead(file: string, reader: ByteReader): Head {
  const storages = new Map<string, LegacyStorage>();
  const nowhere: StoragePlace = { file, offset: 0, length: 0, deflated: false };
  const host: PickleHost = {
    file,
    declare(key, bytes, elementBytes) {
      const known = storages.get(key);
      if (known?.bytes === bytes && known.elementBytes === elementBytes) return known;
      if (known) throw corrupt(file, `its pickle gives the storage ${quoted(key)} two sizes`);
      const storage = { key, bytes, elementBytes, place: nowhere };
      storages.set(key, storage);
      return storage;
    },
  };
  unpickle(reader, host);
  checkPlatform(file, unpickle(reader, host), unpickle(reader, host));
  const value = unpickle(reader, host);
  const keys = unpickle(reader, host);
  if (!isList(keys) || new Set(keys).size !== keys.length || keys.length !== storages.size) {
    throw corrupt(file, "its list of storages is not that of its tensors");
  }
  const ordered = keys.map((key) => {
    const storage = typeof key === "string" ? storages.get(key) : undefined;
    if (storage) return storage;
    throw corrupt(file, "its list of storages is not that of its tensors");
  });
  return { value, storages: ordered, end: reader.position };
}

/** Reads as much of the file as the pickles take, and a little more. */
async function readPrefix(open: OpenFile): Promise<Head> {
  for (let length = FIRST_READ_BYTES; ; length *= 4) {
    const bytes = await readPart(open, 0, Math.min(length, MAX_PICKLE_BYTES));
    try {
      return readHead(open.file, byteReader(bytes));
    } catch (error) {
      if (!(error instanceof PickleCut)) throw error;
      if (bytes.length >= open.size) throw corrupt(open.file, "it is cut off");
      if (length >= MAX_PICKLE_BYTES) {
        throw tooLarge(open.file, `has a pickle of more than ${MAX_PICKLE_BYTES} bytes`);
      }
    }
  }
}

/** Storages follow each other, each after its number of elements (int64). Returns the offset after this one. */
async function place(open: OpenFile, storage: LegacyStorage, offset: number): Promise<number> {
  const elements = (await readExactly(open, offset, 8)).readBigInt64LE();
  const { key, bytes, elementBytes } = storage;
  if (elements !== BigInt(bytes / elementBytes)) {
    throw corrupt(
      open.file,
      `its storage ${quoted(key)} has ${elements} elements, its pickle says ${bytes / elementBytes}`,
    );
  }
  const end = offset + 8 + bytes;
  if (end > open.size) throw corrupt(open.file, "it is cut off");
  storage.place = { file: open.file, offset: offset + 8, length: bytes, deflated: false };
  return end;
}

/** The object of a file of PyTorch before 1.6: pickles, then the bytes of each storage. Those are not read. */
export async function readLegacy(open: OpenFile): Promise<TorchValue> {
  const { value, storages, end } = await readPrefix(open);
  let offset = end;
  for (const storage of storages) offset = await place(open, storage, offset);
  return value;
}
