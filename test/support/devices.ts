/**
 * The devices that tests compute on: the processor, and WebGPU by SwiftShader, the renderer in software that comes with
 * Chromium (Debian: `apt install chromium libvulkan1`). VK_ICD_FILENAMES, where it is set, names another driver.
 */
import { existsSync } from "node:fs";
import { add, compile, type Device, inputs, port } from "../../src/graph/index.ts";
import { createEngine } from "../../src/runtime/index.node.ts";
import { floatTensor } from "../../src/tensor/index.ts";

const DRIVERS = ["chromium", "chromium-browser", "chromium/swiftshader"].flatMap((folder) =>
  ["/usr/lib", "/usr/lib64"].map((root) => `${root}/${folder}/vk_swiftshader_icd.json`),
);
DRIVERS.push("/opt/google/chrome/vk_swiftshader_icd.json");

async function hasWebgpu(): Promise<boolean> {
  const driver = process.env.VK_ICD_FILENAMES ?? DRIVERS.find((path) => existsSync(path));
  if (driver === undefined) return false;
  process.env.VK_ICD_FILENAMES = driver;
  const engine = createEngine({ device: "webgpu", isProbe: true });
  const ports = { x: port([1]) };
  const graph = { inputs: ports, outputs: { y: add(inputs(ports).x, 1) } };
  try {
    const session = await engine.open(compile(graph, engine.lowering));
    const { y } = await session.run({ x: floatTensor([1], Float32Array.of(1)) });
    return y.data[0] === 2;
  } catch (error) {
    console.warn(`WebGPU is not tested: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  } finally {
    await engine.close();
  }
}

/** The devices that are here; without SwiftShader the processor alone, which is said. */
export async function devicesHere(): Promise<readonly Device[]> {
  if (await hasWebgpu()) return ["cpu", "webgpu"];
  console.warn("WebGPU is not tested: no SwiftShader is here, whose driver VK_ICD_FILENAMES may name.");
  return ["cpu"];
}
