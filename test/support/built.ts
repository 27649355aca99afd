/** The program as users run it: compiled from the source as it stands, beside it, once for each state of the source. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { inRepository } from "./fixtures.ts";

const PREFIX = ".built-";
const ROOT = inRepository("");
const OLD_MS = 60 * 60 * 1000;

/** A digest of everything that the build reads. */
async function digestOfSource(): Promise<string> {
  const names = (await readdir(join(ROOT, "src"), { recursive: true }))
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .sort();
  const digest = createHash("sha256");
  for (const name of ["package.json", "package-lock.json", "tsconfig.json", "tsconfig.build.json"])
    digest.update(await readFile(join(ROOT, name)));
  for (const name of names) digest.update(`\0${name}\0`).update(await readFile(join(ROOT, "src", name)));
  return digest.digest("hex").slice(0, 16);
}

/** Removes builds of sources that are gone; younger ones may serve another run. */
async function removeOldBuilds(): Promise<void> {
  const builds = (await readdir(ROOT)).filter((name) => name.startsWith(PREFIX));
  for (const name of builds) {
    const made = await stat(join(ROOT, name)).catch(() => null);
    if (made && Date.now() - made.mtimeMs > OLD_MS)
      await rm(join(ROOT, name), { recursive: true, force: true });
  }
}

/**
 * The folder of the built program. It lies where `dist` does, so that the program finds its model and its package.json;
 * its name tells the source that it is of, so that no old one is ever taken. Types are the business of `npm run check`.
 */
export async function builtProgram(): Promise<string> {
  const folder = join(ROOT, PREFIX + (await digestOfSource()));
  if (existsSync(folder)) return folder;
  await removeOldBuilds();
  const making = `${folder}.${process.pid}`;
  const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  const args = [tsc, "-p", "tsconfig.build.json", "--noCheck", "--declaration", "false", "--outDir", making];
  try {
    await promisify(execFile)(process.execPath, args, { cwd: ROOT });
  } catch (error) {
    const { stdout = "" } = error as { stdout?: string };
    throw new Error(`The program could not be built:\n${stdout}`, { cause: error });
  }
  // `#` names would lead to `dist`, which may be of another source.
  const { imports } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as { imports: object };
  const own = JSON.stringify({ type: "module", imports }).replaceAll('"./dist/', '"./');
  await writeFile(join(making, "package.json"), own);
  try {
    await rename(making, folder);
  } catch (error) {
    // Another test file was quicker with the same source.
    if (!existsSync(folder)) throw error;
    await rm(making, { recursive: true });
  }
  return folder;
}
