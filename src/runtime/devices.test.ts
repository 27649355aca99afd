import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { children } from "../../test/support/children.ts";
import { devicesHere } from "../../test/support/devices.ts";
import { compile, inputs, matmul, mul, port } from "../graph/index.ts";
import { floatTensor } from "../tensor/index.ts";
import { chooseDevice, createEngine, probeAnew, whyNotTried } from "./index.node.ts";
import type { Engine, EngineWarning } from "./index.ts";
import { attentionCases, opCases } from "./probe-cases.ts";

const here = await devicesHere();
/** One that no system of this kind has. */
const FOREIGN = process.platform === "win32" ? "coreml" : "dml";

const cache = mkdtempSync(join(tmpdir(), "fatezero-devices-"));
const { FATEZERO_CACHE } = process.env;
beforeAll(() => {
  process.env.FATEZERO_CACHE = cache;
});
afterAll(() => {
  if (FATEZERO_CACHE === undefined) delete process.env.FATEZERO_CACHE;
  else process.env.FATEZERO_CACHE = FATEZERO_CACHE;
  rmSync(cache, { recursive: true });
});

let engine: Engine = createEngine();
afterEach(() => engine.close());

const ports = { x: port([3]) };
const double = { inputs: ports, outputs: { y: mul(inputs(ports).x, 2) } };
const three = floatTensor([3], Float32Array.of(1, 2, 3));

describe("what a device is measured by", () => {
  it.each([...opCases(), ...attentionCases("small")].map((probed) => [probed.name, probed] as const))(
    "is what the processor computes: %s",
    async (_, { graph, feeds, truth }) => {
      engine = createEngine({ threads: 1 });
      const session = await engine.open(compile(graph, engine.lowering));
      const { data } = (await session.run(feeds)).y!;
      const places = Array.from({ length: 200 }, (_, i) => Math.floor((i * data.length) / 200));
      const found = floatTensor(
        [200],
        Float32Array.from(places, (place) => data[place]!),
      );
      expect(found).toBeAllclose(Array.from(truth(places)), { absolute: 1e-4 });
    },
  );
});

describe("a device that fails", () => {
  it("is started again once, then the processor computes", async () => {
    const warnings: EngineWarning[] = [];
    engine = createEngine({ device: FOREIGN, onWarning: (warning) => warnings.push(warning) });
    const session = await engine.open(compile(double, engine.lowering));
    expect((await session.run({ x: three })).y.data).toEqual(Float32Array.of(2, 4, 6));
    expect(engine.device).toBe("cpu");
    expect(warnings.map(({ code }) => code)).toEqual(["device-lost", "device-lost"]);
    expect(warnings[0]!.message).toContain(`lacks ${FOREIGN}. It is started again, once.`);
    expect(warnings[1]!.message).toContain("The processor computes what is left.");
  });

  it("fails a probe instead", async () => {
    engine = createEngine({ device: FOREIGN, isProbe: true });
    await expect(engine.open(compile(double, engine.lowering))).rejects.toThrow(`lacks ${FOREIGN}`);
    expect(await probeAnew(FOREIGN, "fp32")).toMatchObject({ isThere: false, isRight: false, errors: {} });
  });
});

describe.runIf(here.includes("webgpu"))("SwiftShader", () => {
  it("passes the probe but for its fused attention, which is wrong; what was found is kept", async () => {
    const probe = await probeAnew("webgpu", "fp32");
    expect(probe).toMatchObject({ isThere: true, isRight: true, attention: "explicit" });
    const fused = Object.entries(probe.errors).filter(([name]) => name.startsWith("fused "));
    expect(Math.max(...fused.map(([, error]) => error!))).toBeGreaterThan(0.01);
    expect(Object.values(JSON.parse(readFileSync(join(cache, "devices.json"), "utf8")))).toContainEqual(
      probe,
    );
    expect(await chooseDevice({ device: "webgpu" })).toMatchObject({
      device: "webgpu",
      lowering: { attention: "explicit" },
    });
    // It is slower than the processor whose work it is.
    expect(whyNotTried("webgpu")).toBe("");
    expect(await chooseDevice()).toMatchObject({
      device: "cpu",
      reason: expect.stringContaining("slower than the processor"),
    });
  }, 180_000);

  it("has no half precision, and is refused where that is asked for", async () => {
    expect(await probeAnew("webgpu", "fp16")).toMatchObject({ isRight: false, precision: "fp16" });
    await expect(chooseDevice({ device: "webgpu", precision: "fp16" })).rejects.toMatchObject({
      code: "device-unavailable",
      message: expect.stringContaining("The device webgpu cannot be used in half precision: "),
    });
  }, 60_000);

  it("goes on with the same run where its process is killed", async () => {
    const warnings: EngineWarning[] = [];
    engine = createEngine({ device: "webgpu", onWarning: (warning) => warnings.push(warning) });
    const square = { x: port([256, 256]) };
    const { x } = inputs(square);
    const session = await engine.open(
      compile({ inputs: square, outputs: { y: matmul(matmul(x, x), x) } }, engine.lowering),
    );
    const before = new Set(children());
    const ones = floatTensor([256, 256], new Float32Array(256 * 256).fill(1));
    const run = session.run({ x: ones });
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (const pid of before) process.kill(pid, "SIGKILL");
    expect((await run).y.data[0]).toBe(256 * 256);
    expect(engine.device).toBe("webgpu");
    expect(warnings).toHaveLength(1);
  }, 60_000);
});
