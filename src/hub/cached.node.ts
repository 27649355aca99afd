import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { readTextIfAny } from "../read-text.node.ts";
import { cachedRepository } from "./layout.node.ts";
import { localSnapshot, pathsIn } from "./local.node.ts";
import { isCommit, parseRepository } from "./repository.ts";
import { hasDiffusersLayout } from "./select.ts";
import type { SnapshotKind } from "./types.ts";

/** One commit of a cached model. */
export interface CachedSnapshot {
  readonly commit: string;
  readonly folder: string;
  /** Branches and tags that were at this commit when they were last asked for. */
  readonly refs: readonly string[];
  /** What it is complete as; null if it is not, or is no model of this kind. */
  readonly kind: SnapshotKind | null;
  /** Whether it is one in the diffusers layout, complete or not. */
  readonly isDiffusers: boolean;
}

/** A model repository in the cache. */
export interface CachedModel {
  readonly id: string;
  readonly folder: string;
  /** Bytes that its files take on disk, partial downloads included. */
  readonly bytes: number;
  /** When one of its files was last read, as far as the file system tells. */
  readonly lastUsed: Date | null;
  readonly snapshots: readonly CachedSnapshot[];
}

/** Commits by the branches and tags that are at them. */
async function refsOf(folder: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const root = join(folder, "refs");
  const refs = new Map<string, string[]>();
  for (const name of await pathsIn(root)) {
    const commit = ((await readTextIfAny(join(root, name))) ?? "").trim();
    refs.set(commit, [...(refs.get(commit) ?? []), name]);
  }
  return refs;
}

/** Bytes and last use of the files below a folder, links not counted. */
async function usageOf(folder: string): Promise<{ bytes: number; lastUsed: Date | null }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => stat(join(entry.parentPath, entry.name)).catch(() => null)),
  );
  const found = files.filter((info) => info !== null);
  const latest = Math.max(0, ...found.map(({ atimeMs }) => atimeMs));
  return {
    bytes: found.reduce((sum, { size }) => sum + size, 0),
    lastUsed: latest === 0 ? null : new Date(latest),
  };
}

/** Whether a network that lies at a repository's root, as VAEs by themselves do, is a VAE. */
async function isVae(folder: string): Promise<boolean> {
  const text = await readTextIfAny(join(folder, "config.json"));
  return /"_class_name":\s*"Autoencoder(KL|Tiny)"/.test(text ?? "");
}

/** Whether a network at a repository's root is a whole CLIP, and no text encoder by itself, or a whole BLIP. */
async function isOfType(folder: string, type: "clip" | "blip"): Promise<boolean> {
  const text = (await readTextIfAny(join(folder, "config.json"))) ?? "";
  return new RegExp(`"model_type":\\s*"${type}"`).test(text);
}

/** What the cache holds of a model; null if nothing. */
export async function cachedModel(cache: string, id: string): Promise<CachedModel | null> {
  const repository = cachedRepository(cache, id);
  const { folder } = repository;
  if (!(await stat(folder).catch(() => null))?.isDirectory()) return null;
  const refs = await refsOf(folder);
  const commits = (await readdir(join(folder, "snapshots")).catch(() => [])).filter(isCommit).sort();
  const snapshots = await Promise.all(
    commits.map(async (commit): Promise<CachedSnapshot> => {
      const pipeline = await localSnapshot(repository, commit, "pipeline");
      const vae = await localSnapshot(repository, commit, "vae");
      const paths = new Set(await pathsIn(pipeline.folder));
      const hasVae = vae.isComplete && (await isVae(vae.folder));
      const clip = await localSnapshot(repository, commit, "clip");
      const hasClip = clip.isComplete && (await isOfType(clip.folder, "clip"));
      const captioner = await localSnapshot(repository, commit, "captioner");
      const hasBlip = captioner.isComplete && (await isOfType(captioner.folder, "blip"));
      const alone = hasVae ? "vae" : hasClip ? "clip" : hasBlip ? "captioner" : null;
      const kind = pipeline.isComplete ? "pipeline" : alone;
      const isDiffusers = kind !== null || hasDiffusersLayout(paths);
      return { commit, folder: pipeline.folder, refs: refs.get(commit) ?? [], kind, isDiffusers };
    }),
  );
  return { id, folder, ...(await usageOf(folder)), snapshots };
}

/** All model repositories of a cache, by name; none where there is no cache. */
export async function cachedModels(cache: string): Promise<readonly CachedModel[]> {
  const names = await readdir(cache).catch(() => []);
  const ids = names.flatMap((name) => {
    const [, owner, model] = /^models--(.+?)--(.+)$/.exec(name) ?? [];
    const repository = owner === undefined ? null : parseRepository(`${owner}/${model}`);
    return repository ? [repository.id] : [];
  });
  const models = await Promise.all(ids.sort().map((id) => cachedModel(cache, id)));
  return models.filter((model) => model !== null);
}

/** Ids of the models that are complete pipelines. */
export async function completeModels(cache: string): Promise<readonly string[]> {
  const models = await cachedModels(cache);
  return models
    .filter(({ snapshots }) => snapshots.some(({ kind }) => kind === "pipeline"))
    .map(({ id }) => id);
}
