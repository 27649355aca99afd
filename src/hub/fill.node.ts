import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { JsonObject, Variant } from "../checkpoint/index.ts";
import { FateZeroError } from "../errors.ts";
import { parseJsonObject } from "../json.ts";
import { MAX_HUB_SMALL_BYTES } from "../limits.ts";
import { formatBytes } from "../quantity.ts";
import { readTextIfAny } from "../read-text.node.ts";
import { contentUrl, downloadBlob } from "./download.node.ts";
import { type CachedRepository, hasFile, linkFile, partOf, sizeAt, tagCache } from "./layout.node.ts";
import { listRepository } from "./listing.node.ts";
import { createProgress, type Progress } from "./progress.ts";
import type { Asked } from "./refusal.ts";
import type { Connection } from "./request.node.ts";
import { hasDiffusersLayout, type Selection, selectFiles, singleFiles } from "./select.ts";
import type { HubSettings } from "./settings.node.ts";
import { checkSpace, isFull, noSpace } from "./space.node.ts";
import type { CheckFiles, HubEvent, RemoteFile, SnapshotKind } from "./types.ts";

/** A snapshot to fill, and how. */
export interface Filling {
  readonly repository: CachedRepository;
  readonly commit: string;
  readonly kind: SnapshotKind;
  readonly variant: Variant | undefined;
  readonly settings: HubSettings;
  readonly asked: Asked;
  readonly connection: Connection;
  readonly check: CheckFiles | undefined;
  readonly onEvent: (event: HubEvent) => void;
}

/** Bytes of a file that are in the cache: all, or those of an earlier try. */
async function bytesHere({ repository, commit }: Filling, file: RemoteFile): Promise<number> {
  if (await hasFile(repository, commit, file)) return file.size;
  const blob = repository.blob(file.etag);
  if ((await sizeAt(blob)) === file.size) return file.size;
  const partial = (await sizeAt(partOf(blob))) ?? 0;
  return partial > file.size ? 0 : partial;
}

/** Has one file in the snapshot, from the hub if it must be. */
async function placeFile(filling: Filling, file: RemoteFile, progress: Progress): Promise<void> {
  const { repository, commit, settings, asked, connection } = filling;
  connection.signal.throwIfAborted();
  if (!(await hasFile(repository, commit, file))) {
    const blob = repository.blob(file.etag);
    const isNew = (await sizeAt(blob)) !== file.size;
    if (isNew) {
      await mkdir(dirname(blob), { recursive: true });
      await rm(blob, { force: true });
      const url = contentUrl(asked.endpoint, asked.id, commit, file.path);
      const download = { file, url, blob };
      const about = { ...asked, file: file.path };
      await downloadBlob(download, about, connection, (bytes) => progress.at(file.path, bytes));
    }
    await linkFile(repository, commit, file, { symlinks: settings.symlinks, isNew });
  }
  progress.done(file.path);
}

/** The JSON files among those that were fetched first; one that is no JSON object is left to who opens the model. */
async function readSmall(folder: string, paths: readonly string[]): Promise<Record<string, JsonObject>> {
  const files: Record<string, JsonObject> = {};
  for (const path of paths.filter((name) => name.endsWith(".json"))) {
    const value = parseJsonObject((await readTextIfAny(join(folder, path))) ?? "");
    if (value) files[path] = value;
  }
  return files;
}

/**
 * Downloads what a snapshot lacks of what is needed: the small files, which `check` may refuse, then the weights. Throws
 * FateZeroError: `hub-…`, `no-space`.
 */
export async function fillSnapshot(filling: Filling): Promise<Selection> {
  const { repository, commit, kind, variant, settings, asked, connection, check, onEvent } = filling;
  const listed = new Map(
    (await listRepository(commit, asked, connection)).map((file) => [file.path, file] as const),
  );
  const selection = selectFiles(listed.keys(), kind, variant);
  if (selection.missing.length > 0) throw layoutError(asked, kind, new Set(listed.keys()), selection.missing);
  if (variant !== undefined && selection.otherVariant.length > 0) {
    const message = `"${asked.id}" has no ${variant} weights for ${selection.otherVariant.join(", ")}: the full ones are taken.`;
    onEvent({ type: "warning", code: "hub-no-variant", message });
  }

  const large = selection.small.find((path) => listed.get(path)!.size > MAX_HUB_SMALL_BYTES);
  if (large !== undefined) {
    throw new FateZeroError(
      "hub-answer",
      `"${asked.id}" at ${asked.endpoint} lists ${large} with ${formatBytes(listed.get(large)!.size)}, where ${formatBytes(MAX_HUB_SMALL_BYTES)} is more than any has.`,
      "Use another repository or revision.",
    );
  }
  const files = [...selection.small, ...selection.weights].map((path) => listed.get(path)!);
  const atWork = await Promise.all(
    files.map(async (file) => ({ ...file, here: await bytesHere(filling, file) })),
  );
  const needed = atWork.reduce((sum, { size, here }) => sum + size - here, 0);
  await checkSpace(asked.id, needed, settings.cache);
  await mkdir(repository.snapshot(commit), { recursive: true });
  await tagCache(settings.cache);

  const progress = createProgress(asked.id, atWork, onEvent);
  try {
    for (const path of selection.small) await placeFile(filling, listed.get(path)!, progress);
    check?.(await readSmall(repository.snapshot(commit), selection.small));
    for (const path of selection.weights) await placeFile(filling, listed.get(path)!, progress);
  } catch (error) {
    if (isFull(error)) throw await noSpace(asked.id, progress.left(), settings.cache, error);
    throw error;
  }
  return selection;
}

function layoutError(
  { id, endpoint, revision }: Asked,
  kind: SnapshotKind,
  paths: ReadonlySet<string>,
  missing: readonly string[],
): FateZeroError {
  const lacks = missing.join(", ");
  if (kind === "pipeline" && hasDiffusersLayout(paths)) {
    return new FateZeroError(
      "hub-layout",
      `"${id}" is not complete: it lacks ${lacks}.`,
      "Use a repository that holds a whole Stable Diffusion 1.x or 2.x in the diffusers layout.",
    );
  }
  if (kind === "clip") {
    return new FateZeroError(
      "hub-layout",
      `"${id}" holds no CLIP in transformers' layout: it lacks ${lacks}.`,
      "Use a repository such as openai/clip-vit-base-patch32.",
    );
  }
  if (kind === "captioner") {
    return new FateZeroError(
      "hub-layout",
      `"${id}" holds no BLIP that describes pictures, in transformers' layout: it lacks ${lacks}.`,
      "Use a repository such as Salesforce/blip-image-captioning-base.",
    );
  }
  const what =
    kind === "vae" ? "holds no VAE in the diffusers layout" : "is not laid out as diffusers models are";
  const single = singleFiles(paths);
  return new FateZeroError(
    "hub-layout",
    `"${id}" ${what}: it lacks ${lacks}.${single.length > 0 ? ` It has single files: ${single.join(", ")}.` : ""}`,
    single.length > 0
      ? `Download the one you want, e.g. ${endpoint}/${id}/resolve/${revision}/${single[0]}, and give its path.`
      : "Use a repository with unet/, vae/, text_encoder/, tokenizer/ and scheduler/ folders.",
  );
}
