import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { children } from "../../test/support/children.ts";
import {
  compile,
  constant,
  DEVICES,
  type Device,
  inputs,
  LOWERINGS,
  matmul,
  mul,
  type Precision,
  port,
  symbol,
  type Value,
} from "../graph/index.ts";
import { floatTensor, intTensor } from "../tensor/index.ts";
import { chooseDevice, createEngine, openEngine, whyNotTried } from "./index.node.ts";
import type { Engine } from "./index.ts";

let engine: Engine = createEngine();
afterEach(() => engine.close());

const preloads = mkdtempSync(join(tmpdir(), "fatezero-preloads-"));
afterAll(() => rmSync(preloads, { recursive: true }));

/** A script that Node runs before the process's own. */
function fixture(script: string): string {
  const file = join(preloads, `${readdirSync(preloads).length}.cjs`);
  writeFileSync(file, script);
  return file;
}

/** A graph from `x` to `y`. */
function graphOf(shape: Value["shape"], build: (x: Value) => Value, device: Device) {
  const ports = { x: port(shape) };
  return compile({ inputs: ports, outputs: { y: build(inputs(ports).x) } }, LOWERINGS[device]);
}

const three = floatTensor([3], Float32Array.of(1, 2, 3));

/** A graph that computes for seconds: a chain of matrix products. */
function slowGraph(device: Device) {
  const chain = (x: Value): Value => Array.from({ length: 60 }).reduce((y: Value) => matmul(y, x), x);
  return graphOf([1500, 1500], chain, device);
}

describe.each(["cpu"] as const)("engine on %s", (device) => {
  const double = graphOf([symbol("n")], (x) => mul(x, 2), device);

  it("leaves nothing in the temporary folder, as ONNX Runtime's telemetry would", async () => {
    const folder = mkdtempSync(join(tmpdir(), "fatezero-engine-"));
    const { TMPDIR } = process.env;
    process.env.TMPDIR = folder;
    try {
      engine = createEngine({ device, threads: 1 });
      await (await engine.open(double)).run({ x: three });
      expect(readdirSync(folder).filter((name) => !name.startsWith("tsx-"))).toEqual([]);
    } finally {
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
      await engine.close();
      rmSync(folder, { recursive: true });
    }
  });

  it("runs graphs, also after it was closed", async () => {
    engine = createEngine({ device, threads: 1 });
    const session = await engine.open(double);
    expect(Array.from((await session.run({ x: three })).y.data)).toEqual([2, 4, 6]);
    expect(await engine.peakMemory()).toBeGreaterThan(10e6);
    await engine.close();
    expect(Array.from((await session.run({ x: three })).y.data)).toEqual([2, 4, 6]);
  });

  it("gives the same numbers in both memory modes", async () => {
    const w = constant(
      [3, 3],
      Float32Array.from({ length: 9 }, (_, i) => i),
    );
    const graph = graphOf([1, 3], (x) => matmul(x, w), device);
    const results = [];
    for (const memory of ["fast", "lowMemory"] as const) {
      engine = createEngine({ device, threads: 1, memory });
      const session = await engine.open(graph);
      results.push((await session.run({ x: floatTensor([1, 3], three.data) })).y.data);
      await engine.close();
    }
    expect(results[0]).toEqual(results[1]);
    expect(Array.from(results[0]!)).toEqual([24, 30, 36]);
  });

  it("names the input that does not fit, and what it got", async () => {
    engine = createEngine({ device, threads: 1 });
    const session = await engine.open(double);
    // @ts-expect-error: the compiler finds these faults too
    await expect(session.run({})).rejects.toThrow('input "x" is float32 [n], but got nothing');
    await expect(session.run({ x: floatTensor([1, 3], three.data) })).rejects.toThrow("got float32 [1, 3]");
    // @ts-expect-error
    await expect(session.run({ x: intTensor([1], [1]) })).rejects.toThrow("got int64 [1]");
    // @ts-expect-error
    await expect(session.run({ x: three, z: three })).rejects.toThrow('no input "z"');
  });

  it("tells when the process that computes was killed, and starts another", async () => {
    engine = createEngine({ device, threads: 1 });
    const session = await engine.open(slowGraph(device));
    const x = floatTensor([1500, 1500]);
    const run = session.run({ x });
    const expected = expect(run).rejects.toThrow("was killed by SIGKILL");
    for (const pid of children()) process.kill(pid, "SIGKILL");
    await expected;
    const again = await engine.open(double);
    expect((await again.run({ x: three })).y.data[0]).toBe(2);
  });

  it.each([
    ["an option that Node does not take", "--no-such-option", "Correct NODE_OPTIONS"],
    [
      "a library that cannot be loaded",
      `--require=${fixture("process.dlopen = () => { throw new Error('libonnxruntime.so.1: no such file'); };")}`,
      "libonnxruntime.so.1: no such file. Install fatezero again",
    ],
    [
      "a system whose C library is old",
      `--require=${fixture("process.dlopen = () => { throw new Error(\"version 'GLIBC_2.99' not found\"); };")}`,
      "C library is too old",
    ],
  ])("says what to do where the process does not start: %s", async (_, options, remedy) => {
    const { NODE_OPTIONS } = process.env;
    process.env.NODE_OPTIONS = options;
    engine = createEngine({ device, threads: 1 });
    try {
      await expect(engine.open(double)).rejects.toMatchObject({
        code: "runtime-start",
        message: expect.stringContaining(remedy),
      });
    } finally {
      if (NODE_OPTIONS === undefined) delete process.env.NODE_OPTIONS;
      else process.env.NODE_OPTIONS = NODE_OPTIONS;
    }
    expect((await (await engine.open(double)).run({ x: three })).y.data[0]).toBe(2);
  });

  it("says so where there is no Node to start", async () => {
    const { execPath } = process;
    process.execPath = join(preloads, "no-node");
    engine = createEngine({ device, threads: 1 });
    try {
      await expect(engine.open(double)).rejects.toMatchObject({
        code: "runtime-start",
        message: expect.stringContaining("was moved or removed"),
      });
    } finally {
      process.execPath = execPath;
    }
  });

  it("ends a run at once on abort, and runs again", async () => {
    engine = createEngine({ device, threads: 1 });
    const session = await engine.open(slowGraph(device));
    const abort = new AbortController();
    const run = session.run({ x: floatTensor([1500, 1500]) }, { signal: abort.signal });
    setTimeout(() => abort.abort(), 50);
    await expect(run).rejects.toThrow(/abort/i);
    const again = await engine.open(double);
    expect((await again.run({ x: three })).y.data[2]).toBe(6);
    await expect(again.run({ x: three }, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });

  it("computes what others asked for although one aborts, in its turn or while it waits", async () => {
    engine = createEngine({ device, threads: 1 });
    const slow = await engine.open(slowGraph(device));
    const quick = await engine.open(double);
    const [first, waiting] = [new AbortController(), new AbortController()];
    const x = floatTensor([1500, 1500]);
    const settled: string[] = [];
    const note = (name: string) => () => void settled.push(name);
    const running = slow.run({ x }, { signal: first.signal });
    const given = slow.run({ x }, { signal: waiting.signal });
    const others = [quick.run({ x: three }), quick.run({ x: three })];
    const refused = [
      expect(running).rejects.toMatchObject({ name: "AbortError" }).then(note("running")),
      expect(given).rejects.toMatchObject({ name: "AbortError" }).then(note("waiting")),
    ];
    waiting.abort();
    setTimeout(() => first.abort(), 50);
    for (const { y } of await Promise.all(others)) expect(Array.from(y.data)).toEqual([2, 4, 6]);
    await Promise.all(refused);
    // Who aborts while another run is computed does not wait for it.
    expect(settled).toEqual(["waiting", "running"]);
  });

  it("computes what others asked for although the process is killed", async () => {
    engine = createEngine({ device, threads: 1 });
    const slow = await engine.open(slowGraph(device));
    const quick = await engine.open(double);
    const killed = expect(slow.run({ x: floatTensor([1500, 1500]) })).rejects.toThrow("SIGKILL");
    const other = quick.run({ x: three });
    for (const pid of children()) process.kill(pid, "SIGKILL");
    await killed;
    expect((await other).y.data[0]).toBe(2);
  });

  it("says that it was closed to those whose work is not done", async () => {
    engine = createEngine({ device, threads: 1 });
    const slow = await engine.open(slowGraph(device));
    const quick = await engine.open(double);
    const refused = [slow.run({ x: floatTensor([1500, 1500]) }), quick.run({ x: three })].map((run) =>
      expect(run).rejects.toMatchObject({ code: "engine-closed" }),
    );
    await new Promise((resolve) => setTimeout(resolve, 20));
    await engine[Symbol.asyncDispose]();
    await Promise.all(refused);
    await quick[Symbol.asyncDispose]();
  });

  it("is fed the weights that are inputs, all of them and no others", async () => {
    engine = createEngine({ device, threads: 1 });
    const ports = { x: port([symbol("n")]) };
    const weights = { w: port([symbol("n")]) };
    const y = mul(inputs(ports).x, inputs(weights).w);
    const session = await engine.open(compile({ inputs: ports, weights, outputs: { y } }, engine.lowering));
    expect((await session.run({ x: three }, { weights: { w: three } })).y.data).toBeAllclose([1, 4, 9], {
      absolute: 0,
    });
    await expect(session.run({ x: three })).rejects.toThrow('input "w" is float32 [n], but got nothing');
    const two = { w: three, v: three };
    await expect(session.run({ x: three }, { weights: two })).rejects.toThrow('no input "v"');
  });

  it("ends its process when the program is gone, in the middle of a run too", async () => {
    const script = `
      import { createEngine } from "./src/runtime/index.node.ts";
      import { compile, inputs, matmul, port } from "./src/graph/index.ts";
      const engine = createEngine({ device: "${device}", threads: 1 });
      const ports = { x: port([2500, 2500]) };
      let y = inputs(ports).x;
      const x = y;
      for (let i = 0; i < 200; i++) y = matmul(y, x);
      const session = await engine.open(compile({ inputs: ports, outputs: { y } }, engine.lowering));
      session.run({ x: { dtype: "float32", shape: [2500, 2500], data: new Float32Array(2500 * 2500) } });
      setTimeout(() => console.log("running"), 500);
    `;
    const program = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script]);
    const said: string[] = [];
    for (const stream of [program.stdout, program.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => said.push(text));
    const closed = new Promise((resolve) => program.on("close", resolve));
    await vi.waitFor(() => expect(said).toEqual(["running\n"]), { timeout: 60_000 });
    const computing = children(program.pid);
    expect(computing.length).toBeGreaterThan(0);
    program.kill("SIGKILL");
    // Its output is closed only when the process that computes, which has it too, is gone.
    await closed;
    expect(said).toEqual(["running\n"]);
  });

  it("does not keep a program alive", async () => {
    const script = `
      import { createEngine } from "./src/runtime/index.node.ts";
      import { compile, inputs, mul, port } from "./src/graph/index.ts";
      const engine = createEngine({ device: "${device}", threads: 1 });
      const ports = { x: port([1]) };
      const graph = { inputs: ports, outputs: { y: mul(inputs(ports).x, 2) } };
      const session = await engine.open(compile(graph, engine.lowering));
      const { y } = await session.run({ x: { dtype: "float32", shape: [1], data: Float32Array.of(21) } });
      console.log(y.data[0]);
    `;
    const run = promisify(execFile);
    const { stdout, stderr } = await run(
      process.execPath,
      ["--import", "tsx", "--input-type=module", "-e", script],
      {
        timeout: 60_000,
      },
    );
    expect(stdout.trim()).toBe("42");
    expect(stderr).toBe("");
  });
});

describe("devices", () => {
  it("are chosen by name, or the best one that is there", async () => {
    engine = createEngine();
    expect(engine.device).toBe("cpu");
    await engine.close();
    for (const device of DEVICES) {
      engine = createEngine({ device });
      expect(engine).toMatchObject({ device, lowering: LOWERINGS[device] });
      await engine.close();
    }
    expect(await chooseDevice({ device: "cpu" })).toMatchObject({ device: "cpu", lowering: LOWERINGS.cpu });
  });

  it("compute in the precision that is asked for: on the processor only where both are named", async () => {
    const named = await chooseDevice({ device: "cpu", precision: "fp16" });
    expect(named).toMatchObject({ device: "cpu", lowering: { ...LOWERINGS.cpu, precision: "fp16" } });
    const warnings: string[] = [];
    const half = { device: "cpu", precision: "fp16" } as const;
    engine = await openEngine(half, { onWarning: ({ code }) => warnings.push(code) });
    expect(engine.lowering.precision).toBe("fp16");
    expect(warnings).toEqual(["half-on-cpu"]);
    await expect(chooseDevice({ precision: "fp8" as Precision })).rejects.toMatchObject({
      code: "bad-option",
      message: 'There is no precision "fp8". Use one of auto, fp32, fp16.',
    });
  });

  it.skipIf(whyNotTried("webgpu") === "")("give no half precision where there is no GPU", async () => {
    expect(await chooseDevice()).toMatchObject({ device: "cpu", lowering: { precision: "fp32" } });
    await expect(chooseDevice({ precision: "fp16" })).rejects.toMatchObject({
      code: "device-unavailable",
      message: expect.stringContaining("right and faster than the processor in half precision"),
    });
  });

  it("of another name, or of another system, are refused", async () => {
    await expect(chooseDevice({ device: "gpu" as Device })).rejects.toMatchObject({
      code: "bad-option",
      message: 'There is no device "gpu". Use one of auto, cpu, webgpu, cuda, coreml, dml.',
    });
    const foreign = process.platform === "win32" ? "coreml" : "dml";
    await expect(chooseDevice({ device: foreign })).rejects.toMatchObject({
      code: "device-unavailable",
      message: expect.stringContaining(`it is not for ${process.platform}`),
    });
  });
});
