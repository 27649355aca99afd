/**
 * Downloads ONNX Runtime's CUDA library, which is too large for npm, into its package: `npm run install:cuda`. What is
 * downloaded, from where and to where is told first; it is done by ONNX Runtime's own script. Linux x64 only.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { cudaLibrary, missingLibraries, remedyFor } from "../src/runtime/index.node.ts";

/** What the script of ONNX Runtime will do (its install-metadata.js). */
interface Metadata {
  readonly packages: Readonly<
    Record<string, { readonly name: string; readonly versions: readonly { readonly version: string }[] }>
  >;
  readonly feeds: Readonly<Record<string, { readonly index: string }>>;
}

/** Megabytes of the package in version 1.30: about so many. */
const MEGABYTES = 300;

const require = createRequire(import.meta.url);
const root = dirname(require.resolve("onnxruntime-node/package.json"));

function fail(cause: string, remedy: string): never {
  process.stderr.write(`${cause} ${remedy}\n`);
  process.exit(1);
}

if (process.platform !== "linux" || process.arch !== "x64") {
  fail(
    `ONNX Runtime's CUDA library is for Linux x64; this is ${process.platform} ${process.arch}.`,
    "Use the device webgpu, which needs no download.",
  );
}
const metadata = require(join(root, "script", "install-metadata.js")) as Metadata;
const { name, versions } = metadata.packages["nuget:linux/x64:cuda12"]!;
const { version: own } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
console.log(
  `Downloads ${name} ${versions.map(({ version }) => version).join(" or ")} (about ${MEGABYTES} MB, MIT licence)`,
);
console.log(`from ${metadata.feeds.nuget!.index}`);
console.log(`and puts three libraries of it, for ONNX Runtime ${own}, into ${dirname(cudaLibrary())}`);
console.log("Nothing else is changed. A later npm ci removes them.\n");

// The script knows proxies by a name of its own only.
const proxy = process.env.HTTPS_PROXY ?? process.env.https_proxy;
const done = spawnSync(process.execPath, [join(root, "script", "install.js")], {
  stdio: ["ignore", "inherit", "pipe"],
  encoding: "utf8",
  env: {
    ...(proxy === undefined ? {} : { GLOBAL_AGENT_HTTPS_PROXY: proxy }),
    ...process.env,
    ONNXRUNTIME_NODE_INSTALL: "true",
  },
});
if (done.status !== 0 || !existsSync(cudaLibrary())) {
  const [, why = done.stderr.trim()] = /^\w*Error: (.*)$/m.exec(done.stderr) ?? [];
  fail(
    `Nothing was installed: the package could not be downloaded (${why}).`,
    "HTTPS_PROXY may name a proxy; without a connection, download it elsewhere and put the .so files of its runtimes/linux-x64/native/ into that folder.",
  );
}
const missing = await missingLibraries();
if (missing.length > 0)
  fail(`\nInstalled, but this machine lacks ${missing.join(", ")}.`, remedyFor(missing));
console.log('\nInstalled. "npx tsx src/cli/cli.ts devices" probes the card.');
