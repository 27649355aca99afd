import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { cudaLibrary } from "./probe-cache.node.ts";

/** Loaded when they are first called, so that the loader of a library does not miss them: the driver, and cuDNN for convolutions. */
const LATE = ["libcuda.so.1", "libcudnn.so.9"];

const execute = promisify(execFile);

/** Whether the loader would find a library by its name, in the folders that LD_LIBRARY_PATH names or among those it knows. */
async function isFound(name: string): Promise<boolean> {
  const folders = (process.env.LD_LIBRARY_PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  if (folders.some((folder) => existsSync(join(folder, name)))) return true;
  // Debian keeps it out of the path of those who are not root.
  const path = `${process.env.PATH ?? ""}${delimiter}/sbin${delimiter}/usr/sbin`;
  const { stdout } = await execute("ldconfig", ["-p"], { env: { ...process.env, PATH: path } });
  return stdout.includes(`\t${name} `);
}

/**
 * Names of the libraries that ONNX Runtime's CUDA library needs and that the loader of this Linux does not find: those of
 * NVIDIA's driver, CUDA and cuDNN. Rejects where `ldd` or `ldconfig` fail.
 */
export async function missingLibraries(library = cudaLibrary(), late = LATE): Promise<readonly string[]> {
  const { stdout: listed } = await execute("ldd", [library]);
  const missing = [...listed.matchAll(/^\s*(\S+) => not found/gm)].map(([, name]) => name!);
  for (const name of late) if (!(await isFound(name))) missing.push(name);
  return [...new Set(missing)];
}

/** Whose a library is, with the version that its name ends in. */
function ownerOf(name: string): string {
  const [, version] = /\.so\.(\d+)/.exec(name) ?? [];
  if (name.startsWith("libcuda.")) return "NVIDIA's driver";
  if (name.startsWith("libcudnn")) return `cuDNN ${version ?? ""}`.trim();
  return name.startsWith("libonnxruntime") ? "ONNX Runtime" : `CUDA ${version ?? ""}`.trim();
}

/** What to install for libraries that are missing, in one sentence. */
export function remedyFor(missing: readonly string[]): string {
  const owners = [...new Set(missing.map(ownerOf))];
  return `Install ${owners.join(" and ")}, or name the folder of ${missing.length === 1 ? "that library" : "those libraries"} in LD_LIBRARY_PATH.`;
}
