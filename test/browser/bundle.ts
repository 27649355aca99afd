import { builtinModules } from "node:module";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { type BuildOptions, build } from "esbuild";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What a browser would load for an entry. */
export interface Bundle {
  /** One script that gives its exports to the variable `fatezero`. */
  readonly code: string;
  /** Files that it is made of, packages' files included, from the repository's root. */
  readonly files: readonly string[];
  /** What of it no browser has, as `FILE imports MODULE`: modules of Node, and files that are for Node. */
  readonly forNode: readonly string[];
}

const OPTIONS = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: "browser" as const,
  target: "es2023",
  minify: true,
  metafile: true as const,
  write: false as const,
  // Left as they are, so that all are found and not only the first.
  external: [...builtinModules, "node:*"],
  logLevel: "silent" as const,
} satisfies BuildOptions;

/** Bundles an entry (from the repository's root) for browsers. */
export async function bundleForBrowser(entry: string): Promise<Bundle> {
  const { metafile, outputFiles } = await build({
    ...OPTIONS,
    entryPoints: [entry],
    format: "iife",
    globalName: "fatezero",
  });
  const forNode = Object.entries(metafile.inputs).flatMap(([file, { imports }]) =>
    imports
      .filter(({ path, external }) => external || path.endsWith(".node.ts"))
      .map(({ path }) => `${file} imports ${path}`),
  );
  return { code: outputFiles[0]!.text, files: Object.keys(metafile.inputs), forNode };
}

/** Bytes as a server would send them, minified. */
export interface Sizes {
  readonly bytes: number;
  readonly gzipBytes: number;
}

/** What an entry loads at once, and what only when it is first needed (`import()`). */
export async function sizesForBrowser(
  entry: string,
): Promise<{ readonly first: Sizes; readonly later: Sizes }> {
  const { metafile, outputFiles } = await build({
    ...OPTIONS,
    entryPoints: [entry],
    format: "esm",
    splitting: true,
    outdir: "out",
  });
  const atOnce = new Set<string>();
  const visit = (output: string): void => {
    if (atOnce.has(output)) return;
    atOnce.add(output);
    for (const { path, kind } of metafile.outputs[output]?.imports ?? [])
      if (kind === "import-statement") visit(path);
  };
  for (const [output, { entryPoint }] of Object.entries(metafile.outputs))
    if (entryPoint === entry) visit(output);
  const sum = (isFirst: boolean): Sizes => {
    const chosen = outputFiles.filter(({ path }) => atOnce.has(relative(ROOT, path)) === isFirst);
    return {
      bytes: chosen.reduce((all, { contents }) => all + contents.length, 0),
      gzipBytes: chosen.reduce((all, { contents }) => all + gzipSync(contents).length, 0),
    };
  };
  return { first: sum(true), later: sum(false) };
}
