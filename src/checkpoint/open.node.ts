import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { FateZeroError } from "../errors.ts";
import { openCheckpointFolder } from "./folder.node.ts";
import { openSingleFile } from "./original/index.ts";
import type { Checkpoint, PredictionType } from "./types.ts";
import { openVae } from "./vae-source.node.ts";
import type { Variant } from "./weight-files.ts";

/** How a checkpoint is put together. */
export interface OpenOptions {
  /** Take the half-size weights where a repository or folder has both. @default the full ones */
  readonly variant?: Variant;
  /** Another VAE: a folder, a file or a hub id. @default the checkpoint's own */
  readonly vae?: string;
  /** What the UNet predicts, where a single file does not say. */
  readonly prediction?: PredictionType;
  /** Take the training's running averages where a single file has them. @default true */
  readonly ema?: boolean;
}

/** Models that the package ships. */
const EMBEDDED: Readonly<Record<string, string>> = { tinytown: "../../models/tinytown" };

/** Names and folders of the models that the package ships. */
export function embeddedModels(): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(EMBEDDED).map(([name, path]) => [name, fileURLToPath(new URL(path, import.meta.url))]),
  );
}

async function kindOf(path: string): Promise<"file" | "folder" | null> {
  const info = await stat(path).catch(() => null);
  return info ? (info.isDirectory() ? "folder" : "file") : null;
}

/**
 * Opens a checkpoint by what a user calls it: an embedded model, a folder in the diffusers layout, a single file, or a hub
 * id, which is downloaded where the cache lacks it. No weight is loaded. Throws FateZeroError naming what is missing.
 */
export async function openCheckpoint(name: string, options: OpenOptions = {}): Promise<Checkpoint> {
  const { variant, prediction, ema } = options;
  const path = embeddedModels().get(name) ?? resolve(name);
  const kind = await kindOf(path);
  const vae = options.vae === undefined ? undefined : await openVae(resolve(options.vae), variant);
  if (kind === "file") return openSingleFile(path, name, { prediction, ema, vae });
  const checkpoint = await openCheckpointFolder(path, name, variant);
  return vae ? { ...checkpoint, vae } : checkpoint;
}
