import { type CachedModel, cachedModels, hubSettings } from "../../../hub/index.node.ts";
import type { SnapshotKind } from "../../../hub/index.ts";
import { count, formatBytes, formatSeconds } from "../../../quantity.ts";

/** A model of the Hugging Face cache, as `--json` tells it (docs/events.md). */
export interface CachedRow {
  readonly id: string;
  readonly bytes: number;
  /** ISO 8601; null if never, or if the file system does not tell. */
  readonly lastUsed: string | null;
  /** What it is complete as; null if its download has not ended. */
  readonly kind: SnapshotKind | null;
  readonly folder: string | null;
}

export interface CachedFacts {
  readonly folder: string;
  readonly models: readonly CachedRow[];
  /** Models that this program cannot use. */
  readonly others: number;
}

/** The snapshot that a model is used by: that of its default branch, else any that is complete. */
function mainSnapshot({ snapshots }: CachedModel) {
  const complete = snapshots.filter(({ kind }) => kind !== null);
  return complete.find(({ refs }) => refs.includes("main")) ?? complete[0];
}

function factsOf(model: CachedModel): CachedRow {
  const { id, bytes, lastUsed } = model;
  const { kind = null, folder = null } = mainSnapshot(model) ?? {};
  return { id, bytes, lastUsed: lastUsed?.toISOString() ?? null, kind, folder };
}

/** What of the Hugging Face cache can be used here. Nothing is hashed or opened. */
export async function cachedFacts(env: Readonly<Record<string, string | undefined>>): Promise<CachedFacts> {
  const { cache } = hubSettings(env);
  const models = await cachedModels(cache);
  const usable = models.filter(({ snapshots }) => snapshots.some(({ isDiffusers }) => isDiffusers));
  return { folder: cache, models: usable.map(factsOf), others: models.length - usable.length };
}

const KINDS: Readonly<Record<SnapshotKind, string>> = {
  pipeline: "",
  vae: "a VAE, ",
  clip: "a CLIP, ",
  captioner: "a captioner, ",
};

function lineOf({ id, bytes, lastUsed, kind, folder }: CachedRow, width: number, now: number): string {
  const seconds = lastUsed === null ? null : Math.max(0, (now - Date.parse(lastUsed)) / 1000);
  const used = seconds === null ? "never used" : `used ${formatSeconds(seconds)} ago`;
  const what = kind
    ? `${KINDS[kind]}${used}  ${folder}`
    : `not complete: "fatezero models pull ${id}" goes on`;
  return `  ${id.padEnd(width)}  ${formatBytes(bytes).padStart(7)}  ${what}`;
}

/** The same in words, one line a model, under the cache's name; nothing where there is none. */
export function cachedText({ folder, models, others }: CachedFacts): readonly string[] {
  if (models.length === 0) return [];
  const width = Math.max(...models.map(({ id }) => id.length));
  const now = Date.now();
  return [
    [
      `In the Hugging Face cache, ${folder}:`,
      ...models.map((model) => lineOf(model, width, now)),
      ...(others > 0 ? [`  and ${count(others, "model")} that this program cannot use`] : []),
    ].join("\n"),
  ];
}
