import { MAX_PICKLE_BYTES } from "../../limits.ts";
import { type ArchiveEntry, listArchive } from "./archive.node.ts";
import { byteReader, PickleCut } from "./byte-reader.ts";
import { corrupt, quoted, tooLarge, unsupported } from "./faults.ts";
import { type OpenFile, readExactly } from "./file.node.ts";
import { inflate } from "./inflate.node.ts";
import type { PickleHost } from "./machine.ts";
import { unpickle } from "./unpickle.ts";
import type { TorchStorage, TorchValue } from "./values.ts";

type Entries = ReadonlyMap<string, ArchiveEntry>;

/** The one folder that everything of the archive is in, with its slash. */
function rootOf(file: string, entries: Entries): string {
  const roots = [...entries.keys()].flatMap((name) => /^([^/]+\/)data\.pkl$/.exec(name)?.[1] ?? []);
  const [root] = roots;
  if (root === undefined) throw corrupt(file, "it is a zip archive without a data.pkl");
  if (roots.length > 1) throw corrupt(file, "it is a zip archive with more than one data.pkl");
  if (entries.has(`${root}constants.pkl`)) throw unsupported(file, "is a TorchScript program");
  return root;
}

async function contentOf(open: OpenFile, { name, bytes, place }: ArchiveEntry): Promise<Uint8Array> {
  if (bytes > MAX_PICKLE_BYTES) throw tooLarge(open.file, `has ${bytes} bytes in ${quoted(name)}`);
  if (place.deflated) return inflate(open, place, bytes, bytes);
  return readExactly(open, place.offset, place.length);
}

async function refuseBigEndian(open: OpenFile, entry: ArchiveEntry | undefined): Promise<void> {
  if (!entry) return;
  const order = new TextDecoder().decode(await contentOf(open, entry)).trim();
  if (order !== "little") throw unsupported(open.file, `has the byte order ${quoted(order)}`);
}

/** The object of a file of PyTorch since 1.6: a zip archive of a pickle and one entry a storage. */
export async function readZip(open: OpenFile): Promise<TorchValue> {
  const { file } = open;
  const entries = await listArchive(open);
  const root = rootOf(file, entries);
  await refuseBigEndian(open, entries.get(`${root}byteorder`));
  const storages = new Map<string, TorchStorage>();
  const host: PickleHost = {
    file,
    declare(key, bytes) {
      const known = storages.get(key);
      if (known?.bytes === bytes) return known;
      if (known) throw corrupt(file, `its pickle gives the storage ${quoted(key)} two sizes`);
      const entry = entries.get(`${root}data/${key}`);
      if (!entry) throw corrupt(file, `it lacks the entry ${quoted(`${root}data/${key}`)}`);
      // A longer entry is harmless where it is not unpacked.
      if (entry.bytes < bytes || (entry.place.deflated && entry.bytes > bytes)) {
        throw corrupt(
          file,
          `its entry ${quoted(entry.name)} has ${entry.bytes} bytes, its pickle says ${bytes}`,
        );
      }
      const storage = { key, bytes, place: entry.place };
      storages.set(key, storage);
      return storage;
    },
  };
  const pickle = await contentOf(open, entries.get(`${root}data.pkl`)!);
  try {
    return unpickle(byteReader(pickle), host);
  } catch (error) {
    throw error instanceof PickleCut ? corrupt(file, "its data.pkl is cut off") : error;
  }
}
