import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { cudaLibrary } from "../../runtime/index.node.ts";
import { checkCuda } from "./checks.ts";

const folder = mkdtempSync(join(tmpdir(), "fatezero-doctor-cuda-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe.runIf(process.platform === "linux" && process.arch === "x64")(
  "doctor on a machine with a card",
  () => {
    it("names what is missing beside ONNX Runtime's library, with what to do", async () => {
      // One away from what it needs is like one whose CUDA is not there.
      const alone = join(folder, "alone.so");
      copyFileSync(join(dirname(cudaLibrary()), "onnxruntime_binding.node"), alone);
      const check = await checkCuda(true, alone);
      expect(check).toMatchObject({ name: "cuda", ok: false });
      expect(check!.text).toContain("this machine lacks libonnxruntime.so.1");
      expect(check!.remedy).toMatch(/^Install ONNX Runtime/);
    });

    it("says how the library is got where it is not there, or is damaged", async () => {
      const absent = await checkCuda(true, join(folder, "none.so"));
      expect(absent).toMatchObject({ ok: true, text: expect.stringContaining("script/install.js") });
      const damaged = join(folder, "damaged.so");
      writeFileSync(damaged, "no library");
      const check = await checkCuda(true, damaged);
      expect(check).toMatchObject({ ok: false, remedy: expect.stringContaining("Install it again") });
    });
  },
);

it("doctor says nothing of CUDA where there is no card", async () => {
  expect(await checkCuda(false)).toBeNull();
});
