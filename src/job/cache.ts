import { homedir } from "node:os";
import { cacheFolder } from "../cache-folder.node.ts";
import { version } from "../version.node.ts";
import { createFolderStore, type FolderStore } from "./folder-store.ts";
import { usageError } from "./usage.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Bytes that the cache may take unless FATEZERO_CACHE_LIMIT says otherwise. */
const DEFAULT_LIMIT = 2e9;

const PREFIXES = ["", "K", "M", "G", "T"];

/** Reads FATEZERO_CACHE_LIMIT: bytes, or with a unit as in `500M`, `2 GB`, `1.5 GiB`. */
export function cacheLimit(env: Environment): number {
  const text = env.FATEZERO_CACHE_LIMIT;
  if (!text) return DEFAULT_LIMIT;
  const [, number, prefix = "", binary] = /^\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(i?)B?\s*$/i.exec(text) ?? [];
  const base = binary ? 1024 : 1000;
  if (number !== undefined)
    return Math.floor(Number(number) * base ** PREFIXES.indexOf(prefix.toUpperCase()));
  throw usageError(
    `FATEZERO_CACHE_LIMIT is "${text}", which is no size.`,
    "Write bytes, or e.g. 500M or 2G.",
  );
}

/** The cache of this user. Nothing is made on disk before the first state is saved. */
export function openCache(): FolderStore & { readonly limit: number } {
  const folder = cacheFolder(process.env, process.platform, homedir());
  const limit = cacheLimit(process.env);
  return { ...createFolderStore({ folder, limit, version: version() }), limit };
}
