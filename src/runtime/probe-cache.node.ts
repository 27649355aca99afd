import { readdirSync, readFileSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { arch, cpus, homedir, platform, release } from "node:os";
import { dirname, join } from "node:path";
import { cacheFolder } from "../cache-folder.node.ts";
import { temporarySibling } from "../files/index.node.ts";
import type { Device, Precision } from "../graph/index.ts";
import { parseJsonObject } from "../json.ts";
import { version } from "../version.node.ts";
import type { Probe } from "./probe.node.ts";

const packageFile = (): string => createRequire(import.meta.url).resolve("onnxruntime-node/package.json");

/** Where ONNX Runtime looks for its CUDA library on Linux x64. */
export function cudaLibrary(): string {
  return join(dirname(packageFile()), "bin", "napi-v6", "linux", "x64", "libonnxruntime_providers_cuda.so");
}

const textOf = (path: string): string => {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    // What a system does not tell is not part of what it is.
    return (error as NodeJS.ErrnoException).code ?? "";
  }
};

/** The adapters of Linux by the numbers of their makers, and the versions of what drives them. */
function adapters(): string[] {
  if (process.platform !== "linux") return [];
  const cards = "/sys/class/drm";
  const names = textOf(cards) === "EISDIR" ? readdirSync(cards).filter((name) => /^card\d+$/.test(name)) : [];
  return [
    ...names.flatMap((name) =>
      ["vendor", "device", "subsystem_device"].map((what) => textOf(join(cards, name, "device", what))),
    ),
    textOf("/proc/driver/nvidia/version"),
    ...["VK_ICD_FILENAMES", "VK_DRIVER_FILES", "VK_ADD_DRIVER_FILES"].map((name) => process.env[name] ?? ""),
  ];
}

/** All that a probe's result hangs on: the adapters, their drivers as far as the system tells, ONNX Runtime, this program. */
function keyOf(device: Device, precision: Precision): string {
  const runtime = parseJsonObject(textOf(packageFile()))?.version ?? "";
  const machine = [platform(), arch(), release(), cpus()[0]?.model ?? ""];
  return JSON.stringify([device, precision, runtime, version(), ...machine, ...adapters()]);
}

const file = (): string => join(cacheFolder(process.env, process.platform, homedir()), "devices.json");

async function kept(): Promise<Readonly<Record<string, unknown>>> {
  const text = await readFile(file(), "utf8").catch(() => "{}");
  return parseJsonObject(text) ?? {};
}

const isProbe = (value: unknown, device: Device, precision: Precision): value is Probe => {
  const probe = value as Partial<Probe> | undefined;
  return (
    probe?.device === device &&
    probe.precision === precision &&
    typeof probe.isRight === "boolean" &&
    typeof probe.reason === "string" &&
    (probe.attention === "explicit" || probe.attention === "pieces")
  );
};

/** What an earlier probe found of the same device in the same precision; null where there was none. */
export async function keptProbe(device: Device, precision: Precision): Promise<Probe | null> {
  const probe = (await kept())[keyOf(device, precision)];
  return isProbe(probe, device, precision) ? probe : null;
}

/** Keeps a probe for later runs; where the folder cannot be written, the next one probes again. */
export async function keepProbe(probe: Probe): Promise<void> {
  const path = file();
  const part = temporarySibling(path);
  const text = JSON.stringify({ ...(await kept()), [keyOf(probe.device, probe.precision)]: probe }, null, 1);
  await mkdir(dirname(path), { recursive: true })
    .then(() => writeFile(part, text))
    .then(() => rename(part, path))
    .catch(() => {});
}
