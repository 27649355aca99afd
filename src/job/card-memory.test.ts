import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, afterEach, expect, it, vi } from "vitest";
import { freeCardMemory } from "./card-memory.ts";

const folder = await mkdtemp(join(tmpdir(), "fatezero-card-"));
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => {
  vi.unstubAllEnvs();
});

/** Puts a program of that name first on the path: there is no card here whose own could be asked. */
async function nvidiaSmi(lines: string): Promise<void> {
  const path = join(folder, "nvidia-smi");
  await writeFile(path, `#!/bin/sh\n${lines}\n`);
  await chmod(path, 0o755);
  vi.stubEnv("PATH", `${folder}${delimiter}${process.env.PATH}`);
}

it("reads what is free on the card that CUDA takes", async () => {
  // A card of its number in MiB times a thousand.
  await nvidiaSmi('[ "$3" = "--query-gpu=memory.free" ] && echo "$((($2 + 1) * 1000))"');
  vi.stubEnv("CUDA_VISIBLE_DEVICES", "");
  expect(await freeCardMemory("cuda")).toBe(1000 * 2 ** 20);
  vi.stubEnv("CUDA_VISIBLE_DEVICES", "2,0");
  expect(await freeCardMemory("cuda")).toBe(3000 * 2 ** 20);
});

it("tells nothing where the driver does not, and of other devices", async () => {
  await nvidiaSmi("echo '[N/A]'");
  expect(await freeCardMemory("cuda")).toBeNull();
  await nvidiaSmi("exit 9");
  expect(await freeCardMemory("cuda")).toBeNull();
  expect(await freeCardMemory("webgpu")).toBeNull();
  expect(await freeCardMemory("cpu")).toBeNull();
});
