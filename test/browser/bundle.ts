import { builtinModules } from "node:module";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What a browser would load for an entry. */
export interface Bundle {
  /** One script that gives its exports to the variable `fatezero`. */
  readonly code: string;
  /** Files that it is made of, packages' files included, from the repository's root. */
  readonly files: readonly string[];
  /** What of it no browser has, as `FILE imports MODULE`: modules of Node, and files that are for Node. */
  readonly forNode: readonly string[];
  /** Bytes as a server would send it: minified, then with gzip. */
  readonly bytes: number;
  readonly gzipBytes: number;
}

/** Bundles an entry (from the repository's root) for browsers. */
export async function bundleForBrowser(entry: string): Promise<Bundle> {
  const { metafile, outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    bundle: true,
    format: "iife",
    globalName: "fatezero",
    platform: "browser",
    target: "es2023",
    minify: true,
    metafile: true,
    write: false,
    // Left as they are, so that all are found and not only the first.
    external: [...builtinModules, "node:*"],
    loader: { ".node": "empty" },
    logLevel: "silent",
  });
  const forNode = Object.entries(metafile.inputs).flatMap(([file, { imports }]) =>
    imports
      .filter(({ path, external }) => external || path.endsWith(".node.ts"))
      .map(({ path }) => `${file} imports ${path}`),
  );
  const code = outputFiles[0]!.text;
  return {
    code,
    files: Object.keys(metafile.inputs),
    forNode,
    bytes: outputFiles[0]!.contents.length,
    gzipBytes: gzipSync(outputFiles[0]!.contents).length,
  };
}
