/** `npm run install:cuda` where the way to NuGet ends at a closed port. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
/** What would lead around the closed port. */
const UNSET = { HTTP_PROXY: "", NO_PROXY: "", no_proxy: "", GLOBAL_AGENT_NO_PROXY: "" };

it.runIf(process.platform === "linux" && process.arch === "x64")(
  "tells what is downloaded before it is, and without a connection why nothing was installed",
  () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["node_modules/tsx/dist/cli.mjs", "scripts/install-cuda.ts"],
      { cwd: root, encoding: "utf8", env: { ...process.env, ...UNSET, HTTPS_PROXY: "http://127.0.0.1:9" } },
    );
    expect(status).toBe(1);
    expect(stdout).toMatch(/^Downloads Microsoft\.ML\.OnnxRuntime\.Gpu\.Linux \S+ \(about 300 MB/);
    expect(stdout).toContain("onnxruntime-node/bin/napi-v6/linux/x64");
    expect(stderr).toContain(
      "Nothing was installed: the package could not be downloaded (connect ECONNREFUSED",
    );
    expect(stderr).not.toContain("    at ");
  },
  60_000,
);
