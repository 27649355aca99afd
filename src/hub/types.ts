import type { JsonObject } from "../checkpoint/index.ts";

/** A file of a repository, as the hub lists it. */
export interface RemoteFile {
  /** In the repository, with `/`. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Its hash, which names its blob: SHA-256 of files in LFS (64 hex digits), git's SHA-1 of others (40). */
  readonly etag: string;
}

/** What the work on the hub tells while it goes on. Plain data. */
export type HubEvent =
  /** `bytes` of `total` of what is needed are on this disk; `file` is on its way. The first comes before any transfer. */
  | {
      readonly type: "download";
      readonly id: string;
      readonly file: string;
      readonly bytes: number;
      readonly total: number;
    }
  /** Another process downloads the same model: it is waited for. */
  | { readonly type: "waiting"; readonly id: string }
  /** Something to know; the work goes on. */
  | { readonly type: "warning"; readonly code: string; readonly message: string };

/**
 * What a model is needed as: a whole pipeline, its VAE alone, the CLIP that it is or has beside it, or the BLIP that it is,
 * which describes pictures.
 */
export type SnapshotKind = "pipeline" | "vae" | "clip" | "captioner";

/** Looks at a model's small files by path (`unet/config.json`) before its weights are fetched; throws to refuse it. */
export type CheckFiles = (files: Readonly<Record<string, JsonObject>>) => void;
