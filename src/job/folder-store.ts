import { createHash } from "node:crypto";
import { mkdir, readdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { FateZeroError } from "../errors.ts";
import { isAbsent } from "../file-fault.ts";
import { isLeftover, removeLeftovers, writeSafetensors } from "../files/index.node.ts";
import { readSafetensors, readSafetensorsHeader } from "../files/index.ts";
import { parseJsonObject } from "../json.ts";
import type { JobState, StateStore } from "../resume/index.ts";
import type { TensorToWrite } from "../tensor/index.ts";

/** Metadata key of a state's description. */
const META = "fatezero_state";
/** Files that a store makes; nothing else in its folder is ever touched. */
const OWN = /^([a-z]+-[0-9a-f]{40})\.safetensors(\.[0-9a-f]+\.partial)?$/;

export interface FolderStoreOptions {
  readonly folder: string;
  /** Bytes that all states may take; the oldest go first. */
  readonly limit: number;
  /** Whatever else the numbers depend on, such as the program's version: states made under another one do not count. */
  readonly version: string;
}

/** A state in a folder as its header tells it; `state` is null where that cannot be read. */
export interface StoredState {
  readonly key: string;
  readonly file: string;
  readonly bytes: number;
  readonly modified: Date;
  readonly state: Omit<JobState, "tensors"> | null;
}

export interface FolderStore extends StateStore {
  readonly folder: string;
  /** Newest first. */
  list(): Promise<readonly StoredState[]>;
  /** Removes all states; returns how many files went, and their bytes. */
  clear(): Promise<{ readonly files: number; readonly bytes: number }>;
}

interface Description extends Omit<JobState, "tensors"> {
  readonly version: string;
  readonly checksum: string;
}

function checksumOf(tensors: JobState["tensors"]): string {
  const hash = createHash("sha256");
  for (const name of Object.keys(tensors).sort()) {
    const { shape, data } = tensors[name]!;
    hash
      .update(`${name} ${shape.join()}\n`)
      .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex");
}

function describedIn(metadata: Readonly<Record<string, string>>): Description | null {
  const { step, steps, title, version, checksum } = parseJsonObject(metadata[META] ?? "") ?? {};
  if (typeof step !== "number" || typeof steps !== "number" || typeof title !== "string") return null;
  if (typeof version !== "string" || typeof checksum !== "string") return null;
  return { step, steps, title, version, checksum };
}

function damaged(file: string): FateZeroError {
  return new FateZeroError("state-unreadable", `The saved state ${file} is damaged.`, "It is replaced.");
}

function notRemoved(file: string, cause: NodeJS.ErrnoException): FateZeroError {
  const what = `Cannot remove ${file}: ${cause.message}.`;
  return new FateZeroError("file-access", what, "Check the folder and its permissions.", { cause });
}

interface OwnFile {
  readonly name: string;
  readonly file: string;
  readonly key: string;
  readonly partial: boolean;
  readonly bytes: number;
  readonly modified: Date;
}

async function ownFiles(folder: string): Promise<OwnFile[]> {
  const found: OwnFile[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    const [, key, partial] = OWN.exec(name) ?? [];
    const file = join(folder, name);
    // Another process may have removed it meanwhile.
    const info = key === undefined ? null : await stat(file).catch(() => null);
    if (!info?.isFile() || key === undefined) continue;
    found.push({ name, file, key, partial: partial !== undefined, bytes: info.size, modified: info.mtime });
  }
  return found.sort((a, b) => b.modified.getTime() - a.modified.getTime());
}

/**
 * Keeps states as `.safetensors` files in a folder, which is made when the first one comes. A state appears under its
 * name when it is complete; a damaged one is found by its checksum.
 */
export function createFolderStore({ folder, limit, version }: FolderStoreOptions): FolderStore {
  const fileOf = (key: string): string => join(folder, `${key}.safetensors`);

  /** Lets the oldest go until `bytes` more fit. */
  const makeRoom = async (bytes: number, except: string): Promise<void> => {
    let room = limit - bytes;
    await removeLeftovers(fileOf(except));
    for (const { file, key, partial, bytes: taken } of await ownFiles(folder)) {
      if (key === except && !partial) continue;
      room -= taken;
      if (room < 0 && !partial) {
        await rm(file, { force: true });
        room += taken;
      }
    }
  };

  return {
    folder,
    async load(key) {
      const file = fileOf(key);
      // Another process may let it go, and write it again, at any moment.
      const read = await readSafetensors(file).catch((error: unknown) => {
        if (error instanceof FateZeroError && isAbsent(error.cause)) return null;
        throw error;
      });
      if (!read) return null;
      const { tensors, metadata } = read;
      const described = describedIn(metadata);
      if (!described) throw damaged(file);
      const { checksum, version: madeBy, ...facts } = described;
      if (madeBy !== version) return null;
      const state = { ...facts, tensors: Object.fromEntries(tensors) };
      if (checksumOf(state.tensors) !== checksum) throw damaged(file);
      // Used now, so it is not among the oldest.
      await utimes(file, new Date(), new Date()).catch(() => {});
      return state;
    },
    async save(key, { tensors, ...facts }) {
      const bytes = Object.values(tensors).reduce((sum, { data }) => sum + data.byteLength, 0);
      if (bytes > limit) {
        throw new FateZeroError(
          "state-too-large",
          `It takes ${bytes} bytes, more than the ${limit} that ${folder} may hold.`,
          "Raise the limit (FATEZERO_CACHE_LIMIT for the command line).",
        );
      }
      await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new FateZeroError(
          "output-not-writable",
          `The folder ${folder} cannot be made: ${why}.`,
          "Choose another place (FATEZERO_CACHE for the command line).",
          { cause },
        );
      });
      await makeRoom(bytes, key);
      const description: Description = { ...facts, version, checksum: checksumOf(tensors) };
      await writeSafetensors(fileOf(key), tensors as Record<string, TensorToWrite>, {
        [META]: JSON.stringify(description),
      });
    },
    async remove(key) {
      await rm(fileOf(key), { force: true });
    },
    async list() {
      const files = (await ownFiles(folder)).filter(({ partial }) => !partial);
      return Promise.all(
        files.map(async ({ key, file, bytes, modified }) => {
          const header = await readSafetensorsHeader(file).catch(() => null);
          const described = header && describedIn(header.metadata);
          const state = described && { step: described.step, steps: described.steps, title: described.title };
          return { key, file, bytes, modified, state };
        }),
      );
    },
    async clear() {
      const files: OwnFile[] = [];
      // What another process is writing is not there yet.
      for (const own of await ownFiles(folder))
        if (!own.partial || (await isLeftover(own.file))) files.push(own);
      for (const { file } of files)
        await rm(file, { force: true }).catch((cause) => {
          throw notRemoved(file, cause);
        });
      return { files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
    },
  };
}
