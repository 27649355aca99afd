import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { pipelineFiles } from "../support/hub-files.ts";
import type { Mirror } from "../support/hub-mirror.ts";
import { type Home, treeOf } from "./cache.ts";

/** The file that goes wrong in tests of downloads, its bytes, and the requests for it that faults are put on. */
export const UNET = "unet/diffusion_pytorch_model.safetensors";
export const SIZE = 50_000;
export const ON_UNET = /storage:unet\/diffusion_pytorch_model\.safetensors/;

/** What was asked for of the UNet's weights: the range, bytes sent. */
export function askedOf(mirror: Mirror): (readonly [string | undefined, number])[] {
  return mirror
    .content()
    .filter(({ server, path }) => server === "storage" && path === UNET)
    .map(({ range, sent }) => [range, sent] as const);
}

/** The model is there, whole and right, and nothing else lies about. */
export async function expectWhole(mirror: Mirror, home: Home): Promise<void> {
  const tree = await treeOf(home.model);
  expect(Object.keys(tree).filter((path) => path.includes(".incomplete") || path.includes(".tmp"))).toEqual(
    [],
  );
  expect(tree["refs/main"]).toBe(40);
  const path = join(home.model, "snapshots", mirror.commit, UNET);
  expect((await readFile(path)).equals(pipelineFiles(SIZE)[UNET]!)).toBe(true);
}

/** The model is not there: no name says that it is, and so many bytes of it can be gone on with. */
export async function expectResumable(mirror: Mirror, home: Home, bytes: number): Promise<void> {
  const tree = await treeOf(home.model);
  const etag = mirror.etagOf(UNET);
  expect(tree).not.toHaveProperty([`blobs/${etag}`]);
  expect(tree).not.toHaveProperty([`snapshots/${mirror.commit}/${UNET}`]);
  expect(tree).not.toHaveProperty(["refs/main"]);
  expect(tree[`blobs/${etag}.fatezero.incomplete`] ?? 0).toBe(bytes);
}
