import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { compile, constant, input, matmul, mul, symbol } from "../graph/index.ts";
import { floatTensor, intTensor } from "../tensor/index.ts";
import { createEngine } from "./index.node.ts";
import type { Engine } from "./index.ts";

let engine: Engine;
afterEach(() => engine.close());

const double = compile({ y: mul(input("x", [symbol("n")]), 2) });
const three = floatTensor([3], Float32Array.of(1, 2, 3));

/** A graph that computes for seconds: a chain of matrix products. */
function slowGraph() {
  const x = input("x", [1500, 1500]);
  let y = x;
  for (let i = 0; i < 60; i++) y = matmul(y, x);
  return compile({ y });
}

/** Process ids of this process's children (Linux). */
function children(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return (
          readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ")[1] === String(process.pid)
        );
      } catch {
        return false;
      }
    })
    .map(Number);
}

describe("engine", () => {
  it("leaves nothing in the temporary folder, as ONNX Runtime's telemetry would", async () => {
    const folder = mkdtempSync(join(tmpdir(), "fatezero-engine-"));
    const { TMPDIR } = process.env;
    process.env.TMPDIR = folder;
    try {
      engine = createEngine({ threads: 1 });
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
    engine = createEngine({ threads: 1 });
    const session = await engine.open(double);
    expect(Array.from((await session.run({ x: three })).y!.data)).toEqual([2, 4, 6]);
    expect(await engine.peakMemory()).toBeGreaterThan(10e6);
    await engine.close();
    expect(Array.from((await session.run({ x: three })).y!.data)).toEqual([2, 4, 6]);
  });

  it("gives the same numbers in both memory modes", async () => {
    const w = constant(
      [3, 3],
      Float32Array.from({ length: 9 }, (_, i) => i),
    );
    const graph = compile({ y: matmul(input("x", [1, 3]), w) });
    const results = [];
    for (const memory of ["fast", "lowMemory"] as const) {
      engine = createEngine({ threads: 1, memory });
      const session = await engine.open(graph);
      results.push((await session.run({ x: floatTensor([1, 3], three.data) })).y!.data);
      await engine.close();
    }
    expect(results[0]).toEqual(results[1]);
    expect(Array.from(results[0]!)).toEqual([24, 30, 36]);
  });

  it("names the input that does not fit, and what it got", async () => {
    engine = createEngine({ threads: 1 });
    const session = await engine.open(double);
    await expect(session.run({})).rejects.toThrow('input "x" is float32 [n], but got nothing');
    await expect(session.run({ x: floatTensor([1, 3], three.data) })).rejects.toThrow("got float32 [1, 3]");
    await expect(session.run({ x: intTensor([1], [1]) })).rejects.toThrow("got int64 [1]");
    await expect(session.run({ x: three, z: three })).rejects.toThrow('no input "z"');
  });

  it("tells when the process that computes was killed, and starts another", async () => {
    engine = createEngine({ threads: 1 });
    const session = await engine.open(slowGraph());
    const x = floatTensor([1500, 1500]);
    const run = session.run({ x });
    const expected = expect(run).rejects.toThrow("was killed by SIGKILL");
    for (const pid of children()) process.kill(pid, "SIGKILL");
    await expected;
    const again = await engine.open(double);
    expect((await again.run({ x: three })).y!.data[0]).toBe(2);
  });

  it("ends a run at once on abort, and runs again", async () => {
    engine = createEngine({ threads: 1 });
    const session = await engine.open(slowGraph());
    const abort = new AbortController();
    const run = session.run({ x: floatTensor([1500, 1500]) }, { signal: abort.signal });
    setTimeout(() => abort.abort(), 50);
    await expect(run).rejects.toThrow(/abort/i);
    const again = await engine.open(double);
    expect((await again.run({ x: three })).y!.data[2]).toBe(6);
    await expect(again.run({ x: three }, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });

  it("does not keep a program alive", async () => {
    engine = createEngine();
    const script = `
      import { createEngine } from "./src/runtime/index.node.ts";
      import { compile, input, mul } from "./src/graph/index.ts";
      const engine = createEngine({ threads: 1 });
      const session = await engine.open(compile({ y: mul(input("x", [1]), 2) }));
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
