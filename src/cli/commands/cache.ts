import { openCache } from "../../job/cache.ts";
import type { StoredState } from "../../job/folder-store.ts";
import { count, formatBytes, formatSeconds } from "../../quantity.ts";

function lineOf({ bytes, modified, state }: StoredState, now: number): string {
  const age = formatSeconds(Math.max(0, (now - modified.getTime()) / 1000));
  const size = formatBytes(bytes).padStart(9);
  if (state === null) return `${size}  ${age} ago  unreadable`;
  const progress =
    state.step === state.steps
      ? `all ${count(state.steps, "step")}`
      : `${state.step} of ${state.steps} steps`;
  return `${size}  ${age} ago  ${state.title}, ${progress}`;
}

/** `fatezero cache list`: what unfinished runs and finished inversions are kept, newest first. */
export async function listCache(): Promise<string> {
  const cache = openCache();
  const states = await cache.list();
  const total = states.reduce((sum, { bytes }) => sum + bytes, 0);
  const now = Date.now();
  const sum = `${count(states.length, "state")}, ${formatBytes(total)} of at most ${formatBytes(cache.limit)}, in ${cache.folder}`;
  return [...states.map((state) => lineOf(state, now)), sum].join("\n");
}

/** `fatezero cache clear`: removes them all. */
export async function clearCache(): Promise<string> {
  const cache = openCache();
  const { files, bytes } = await cache.clear();
  return `removed ${count(files, "file")}, ${formatBytes(bytes)}, from ${cache.folder}`;
}

/** `fatezero cache path`: where they are. */
export async function cachePath(): Promise<string> {
  return openCache().folder;
}
