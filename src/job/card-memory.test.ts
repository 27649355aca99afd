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

it("reads what is free on the one card that there is", async () => {
  await nvidiaSmi('[ "$1" = "--query-gpu=memory.free" ] && echo 1000');
  vi.stubEnv("CUDA_VISIBLE_DEVICES", "");
  expect(await freeCardMemory("cuda")).toBe(1000 * 2 ** 20);
});

it("reads that of several which CUDA takes, where that is said", async () => {
  // A number, or of GPU-7 its last digit, times a thousand; of all of them two lines.
  await nvidiaSmi(
    'if [ "$1" = -i ]; then echo "$(echo "$2" | tr -d A-Z-)000"; else echo 1000; echo 2000; fi',
  );
  const free = (visible: string, order?: string) => {
    vi.stubEnv("CUDA_VISIBLE_DEVICES", visible);
    vi.stubEnv("CUDA_DEVICE_ORDER", order);
    return freeCardMemory("cuda");
  };
  expect(await free("")).toBeNull();
  expect(await free("2,0")).toBeNull();
  expect(await free("2,0", "PCI_BUS_ID")).toBe(2000 * 2 ** 20);
  expect(await free("GPU-7")).toBe(7000 * 2 ** 20);
});

it("tells nothing where the driver does not, and of other devices", async () => {
  await nvidiaSmi("echo '[N/A]'");
  expect(await freeCardMemory("cuda")).toBeNull();
  await nvidiaSmi("exit 9");
  expect(await freeCardMemory("cuda")).toBeNull();
  vi.stubEnv("PATH", folder.concat("-not-there"));
  expect(await freeCardMemory("cuda")).toBeNull();
  expect(await freeCardMemory("webgpu")).toBeNull();
  expect(await freeCardMemory("cpu")).toBeNull();
});
