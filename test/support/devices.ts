/**
 * The devices that tests compute on: the processor; WebGPU by SwiftShader, the renderer in software that comes with
 * Chromium (Debian: `apt install chromium libvulkan1`), or another driver that VK_ICD_FILENAMES names; CUDA where it is.
 */
import { existsSync } from "node:fs";
import { add, compile, type Device, inputs, type Precision, port } from "../../src/graph/index.ts";
import { createEngine, whyNotTried } from "../../src/runtime/index.node.ts";
import { floatTensor } from "../../src/tensor/index.ts";

const DRIVERS = ["chromium", "chromium-browser", "chromium/swiftshader"].flatMap((folder) =>
  ["/usr/lib", "/usr/lib64"].map((root) => `${root}/${folder}/vk_swiftshader_icd.json`),
);
DRIVERS.push("/opt/google/chrome/vk_swiftshader_icd.json");

/** Whether a device adds two numbers in this precision; where it does not, why, and what is then left out, is told. */
async function adds(device: Device, precision: Precision, leftOut: string): Promise<boolean> {
  const engine = createEngine({ device, isProbe: true });
  const ports = { x: port([1]) };
  const graph = { inputs: ports, outputs: { y: add(inputs(ports).x, 1) } };
  try {
    const session = await engine.open(compile(graph, { ...engine.lowering, precision }));
    const { y } = await session.run({ x: floatTensor([1], Float32Array.of(1)) });
    return y.data[0] === 2;
  } catch (error) {
    console.warn(`${leftOut}: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  } finally {
    await engine.close();
  }
}

async function hasWebgpu(): Promise<boolean> {
  const driver = process.env.VK_ICD_FILENAMES ?? DRIVERS.find((path) => existsSync(path));
  if (driver === undefined) return false;
  process.env.VK_ICD_FILENAMES = driver;
  return adds("webgpu", "fp32", "WebGPU is not tested");
}

/** CUDA, where its library was installed and there is a card. */
async function cudaHere(): Promise<readonly Device[]> {
  if (whyNotTried("cuda") !== "") return [];
  return (await adds("cuda", "fp32", "CUDA is not tested")) ? ["cuda"] : [];
}

/** The devices that are here; without SwiftShader the processor alone, which is said. */
export async function devicesHere(): Promise<readonly Device[]> {
  const cuda = await cudaHere();
  if (await hasWebgpu()) return ["cpu", "webgpu", ...cuda];
  console.warn("WebGPU is not tested: no SwiftShader is here, whose driver VK_ICD_FILENAMES may name.");
  return ["cpu", ...cuda];
}

/** Those of them that compute in half precision. */
export async function halfDevicesHere(): Promise<readonly Device[]> {
  const found: Device[] = [];
  for (const device of await devicesHere())
    if (await adds(device, "fp16", `Half precision is not tested on ${device}`)) found.push(device);
  return found;
}
