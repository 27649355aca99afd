import { lstat, mkdtemp, readdir, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll } from "vitest";
import { ensureSnapshot, type SnapshotRequest } from "../../src/hub/index.node.ts";
import type { HubEvent } from "../../src/hub/index.ts";
import type { Mirror } from "../support/hub-mirror.ts";

/** A Hugging Face home of a test's own, and the environment that names it. */
export interface Home {
  readonly folder: string;
  /** `HF_HOME/hub`. */
  readonly cache: string;
  readonly env: Readonly<Record<string, string>>;
  /** Folder of the mirror's model in the cache. */
  readonly model: string;
}

/** For servers that fall silent: the silence lasts as long, and no answer of a sound one takes it on a busy machine. */
export const SOON_OVER = { HF_HUB_DOWNLOAD_TIMEOUT: "2" };

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

export async function homeFor(mirror: Mirror, more: Readonly<Record<string, string>> = {}): Promise<Home> {
  const folder = await mkdtemp(join(tmpdir(), "fatezero-hub-"));
  folders.push(folder);
  const cache = join(folder, "hub");
  const env = { HF_HOME: folder, HF_ENDPOINT: mirror.endpoint, HF_HUB_DOWNLOAD_TIMEOUT: "60", ...more };
  return { folder, cache, env, model: join(cache, `models--${mirror.id.replace("/", "--")}`) };
}

/** Downloads the mirror's model with short waits; returns the snapshot and what was told. */
export async function pull(mirror: Mirror, home: Home, request: Partial<SnapshotRequest> = {}) {
  const events: HubEvent[] = [];
  const snapshot = await ensureSnapshot({
    id: mirror.id,
    env: home.env,
    backoffMs: 1,
    retries: 2,
    ...request,
    onEvent: (event) => {
      events.push(event);
      request.onEvent?.(event);
    },
  });
  return { ...snapshot, events };
}

/** Everything below a folder: files by their size, links by where they lead. */
export async function treeOf(folder: string): Promise<Record<string, number | string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const rows = entries
    .filter((entry) => !entry.isDirectory())
    .map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      const value = entry.isSymbolicLink() ? await readlink(path) : (await lstat(path)).size;
      return [relative(folder, path).replaceAll("\\", "/"), value] as const;
    });
  return Object.fromEntries((await Promise.all(rows)).sort(([a], [b]) => (a < b ? -1 : 1)));
}
