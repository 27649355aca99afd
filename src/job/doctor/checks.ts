import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, stat, statfs } from "node:fs/promises";
import { availableParallelism, cpus, freemem, homedir, tmpdir, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { cacheFolder } from "../../cache-folder.node.ts";
import { psnr } from "../../metrics/index.ts";
import { formatBytes, formatSeconds } from "../../quantity.ts";
import { chooseDevice, cudaLibrary, missingLibraries, remedyFor } from "../../runtime/index.node.ts";
import { readVideo, writeVideo } from "../../video/index.node.ts";
import { differences, runSelfTest } from "./self-test.ts";

/** One look at the machine. `remedy` is empty where nothing is to be done. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly text: string;
  readonly remedy: string;
}

const OLDEST_NODE = [20, 19] as const;
/** Bytes below which not even the embedded model works well. */
const LEAST_MEMORY = 600e6;
const LEAST_DISK = 500e6;

const good = (name: string, text: string): Check => ({ name, ok: true, text, remedy: "" });
const bad = (name: string, text: string, remedy: string): Check => ({ name, ok: false, text, remedy });

export function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  const isOld = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
  if (isOld) return bad("Node", version, `Install Node ${OLDEST_NODE.join(".")} or newer.`);
  return good("Node", `${version} on ${process.platform} ${process.arch}`);
}

/** Loads ONNX Runtime in a process of its own: a native library may end the one that loads it. */
export async function checkRuntime(): Promise<Check> {
  const script =
    "import('onnxruntime-node').then(({default:o})=>console.log(JSON.stringify([o.env.versions.node,o.listSupportedBackends().map(b=>b.name)])))";
  try {
    const cwd = fileURLToPath(new URL("../../../", import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, ["-e", script], { cwd, timeout: 60_000 });
    const [version, backends] = JSON.parse(stdout) as [string, string[]];
    if (backends.includes("cpu"))
      return good("runtime", `ONNX Runtime ${version}, with ${backends.join(", ")}`);
    return bad(
      "runtime",
      `ONNX Runtime ${version} has no CPU backend`,
      "Install fatezero again: npm install fatezero.",
    );
  } catch (error) {
    const [line] = String(error instanceof Error ? error.message : error)
      .split("\n")
      .slice(-2);
    return bad(
      "runtime",
      `ONNX Runtime does not load: ${line}`,
      "Install fatezero again on this machine, with npm and without copying node_modules.",
    );
  }
}

/** The processor, and what is taken in its place; probes only what was not probed before. */
export async function checkDevices(signal?: AbortSignal): Promise<Check> {
  const threads = availableParallelism();
  const { device, lowering, reason } = await chooseDevice({}, signal);
  const why = reason === "" ? "" : ` (${reason})`;
  const text = `${cpus()[0]?.model.trim() ?? "unknown processor"}, ${threads} threads for this process; work is done on ${device} in ${lowering.precision}${why}`;
  return threads > 0
    ? good("devices", text)
    : bad("devices", text, "Give the process at least one processor.");
}

/**
 * What a card of NVIDIA's needs beside it; null where there is none, or none that ONNX Runtime computes on. That its own
 * library is not there is no fault: it is a download of its own.
 */
export async function checkCuda(
  hasCard = process.platform === "linux" && process.arch === "x64" && existsSync("/dev/nvidia0"),
  library = cudaLibrary(),
): Promise<Check | null> {
  if (!hasCard) return null;
  const script = join(dirname(cudaLibrary()), "../../../../script/install.js");
  const install = `ONNXRUNTIME_NODE_INSTALL=true node ${script}`;
  if (!existsSync(library)) {
    const text = "a card of NVIDIA's is here, but not ONNX Runtime's library for it";
    return good("cuda", `${text}; "${install}" downloads it (300 MB)`);
  }
  try {
    const missing = await missingLibraries(library);
    return missing.length === 0
      ? good("cuda", "the libraries of driver, CUDA and cuDNN are there")
      : bad("cuda", `this machine lacks ${missing.join(", ")}`, remedyFor(missing));
  } catch (error) {
    const text = `ONNX Runtime's library cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    return bad("cuda", text, `Install it again: ${install}.`);
  }
}

const FORMATS = [
  ["clip.mp4", "H.264"],
  ["clip.webm", "VP9"],
  ["clip.gif", "GIF"],
  ["clip.webp", "WebP"],
  ["clip/", "PNG"],
] as const;
/** A lossy round trip of a smooth picture stays above it. */
const LEAST_PSNR = 25;

function smoothFrames() {
  return [0, 1, 2].map((f) => ({
    width: 64,
    height: 48,
    data: Uint8Array.from({ length: 64 * 48 * 3 }, (_, k) => 60 + ((Math.floor(k / 3) % 64) * 2 + 10 * f)),
  }));
}

/** Writes and reads a small clip in each format. */
export async function checkCodecs(): Promise<Check[]> {
  const folder = await mkdtemp(join(tmpdir(), "fatezero-doctor-"));
  const frames = smoothFrames();
  const checks: Check[] = [];
  try {
    for (const [name, format] of FORMATS) {
      const file = join(folder, name);
      const title = `codec ${format}`;
      try {
        await writeVideo(name.endsWith("/") ? `${file}/` : file, frames, { fps: 8 });
        const back = await readVideo(file);
        const likeness = back.frames.length === frames.length ? psnr(frames, back.frames)! : 0;
        const text = `${back.frames.length} of ${frames.length} frames back, ${Number.isFinite(likeness) ? `${likeness.toFixed(0)} dB` : "equal"}`;
        const remedy = "Install fatezero again, or write another format.";
        checks.push(likeness >= LEAST_PSNR ? good(title, text) : bad(title, text, remedy));
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        checks.push(
          bad(title, text, "Install fatezero again on this machine (npm install), or write another format."),
        );
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return checks;
}

export function checkMemory(free = process.availableMemory?.() ?? freemem(), total = totalmem()): Check {
  const text = `${formatBytes(free)} free of ${formatBytes(total)} (Stable Diffusion 1.x takes about 5 GB for 8 frames)`;
  return free >= LEAST_MEMORY ? good("memory", text) : bad("memory", text, "Close other programs.");
}

async function existing(path: string): Promise<string> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  return isThere || dirname(path) === path ? path : await existing(dirname(path));
}

/** Space where runs keep their state, and for temporary files. */
export async function checkDisk(): Promise<Check[]> {
  const places = { cache: cacheFolder(process.env, process.platform, homedir()), temporary: tmpdir() };
  return await Promise.all(
    Object.entries(places).map(async ([name, path]) => {
      const title = `disk ${name}`;
      const { bavail, bsize } = await statfs(await existing(path));
      const text = `${formatBytes(bavail * bsize)} free in ${path}`;
      const remedy =
        name === "cache" ? "Free some space, or set FATEZERO_CACHE to another disk." : "Free some space.";
      return bavail * bsize >= LEAST_DISK ? good(title, text) : bad(title, text, remedy);
    }),
  );
}

/** Compares what the embedded model computes with the numbers that come with it. */
export async function checkSelfTest(signal?: AbortSignal): Promise<Check> {
  const began = performance.now();
  try {
    const { found, expected } = await runSelfTest(signal);
    const seconds = formatSeconds((performance.now() - began) / 1000);
    if (!expected) return good("self-test", `tinytown computes in ${seconds}; it has no expected numbers`);
    const wrong = differences(found, expected);
    if (wrong.length === 0)
      return good("self-test", `text encoder, VAE and UNet give the expected numbers, in ${seconds}`);
    return bad(
      "self-test",
      wrong.join("; "),
      "Results cannot be trusted: install fatezero again, and report this if it stays.",
    );
  } catch (error) {
    if (signal?.aborted) throw error;
    return bad(
      "self-test",
      error instanceof Error ? error.message : String(error),
      "Look at the lines above first.",
    );
  }
}
