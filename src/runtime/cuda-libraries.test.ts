import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { cudaLibrary, missingLibraries, remedyFor } from "./index.node.ts";

const folder = mkdtempSync(join(tmpdir(), "fatezero-libraries-"));
afterAll(() => rmSync(folder, { recursive: true }));
const { LD_LIBRARY_PATH } = process.env;

describe.runIf(process.platform === "linux" && process.arch === "x64")("a library by itself", () => {
  // ONNX Runtime's own, away from what it needs, is like one whose CUDA is not there.
  const alone = join(folder, "alone.node");
  copyFileSync(join(dirname(cudaLibrary()), "onnxruntime_binding.node"), alone);

  it("lacks what the loader does not find, and what is loaded late", async () => {
    expect(await missingLibraries(alone, ["libc.so.6", "libno-such.so.7"])).toEqual([
      "libonnxruntime.so.1",
      "libno-such.so.7",
    ]);
    process.env.LD_LIBRARY_PATH = dirname(cudaLibrary());
    try {
      expect(await missingLibraries(alone, [])).toEqual([]);
    } finally {
      if (LD_LIBRARY_PATH === undefined) delete process.env.LD_LIBRARY_PATH;
      else process.env.LD_LIBRARY_PATH = LD_LIBRARY_PATH;
    }
  });
});

it("libraries that are missing are named by whose they are", () => {
  expect(remedyFor(["libcublasLt.so.13", "libcudart.so.13", "libcudnn.so.9"])).toBe(
    "Install CUDA 13 and cuDNN 9, or name the folder of those libraries in LD_LIBRARY_PATH.",
  );
  expect(remedyFor(["libcuda.so.1"])).toBe(
    "Install NVIDIA's driver, or name the folder of that library in LD_LIBRARY_PATH.",
  );
});
