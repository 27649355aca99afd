import { afterEach, describe, expect, it } from "vitest";
import { constant, inputs, matmul, mul, port, type Value } from "../graph/index.ts";
import { createEngine } from "../runtime/index.node.ts";
import type { Engine } from "../runtime/index.ts";
import { floatTensor } from "../tensor/index.ts";
import { openUNet } from "./denoiser.ts";
import { createSessionCache, type SessionCache } from "./sessions.ts";

let engine: Engine;
let sessions: SessionCache;
let builds = 0;
afterEach(() => engine.close());

function start(): void {
  engine = createEngine({ threads: 1 });
  sessions = createSessionCache(engine, { build: 0, load: 0 });
  builds = 0;
}

function graph(build: (x: Value) => Value) {
  builds++;
  const ports = { x: port([3]) };
  return { inputs: ports, outputs: { y: build(inputs(ports).x) } };
}
const double = () => graph((x) => mul(x, 2));
const x = floatTensor([3], Float32Array.of(1, 2, 3));

describe("the sessions of a model", () => {
  it("are opened once for all who ask", async () => {
    start();
    const [a, b] = await Promise.all([sessions.open("double", double), sessions.open("double", double)]);
    expect(Array.from((await a.run({ x })).y.data)).toEqual([2, 4, 6]);
    expect(Array.from((await b.run({ x })).y.data)).toEqual([2, 4, 6]);
    expect(builds).toBe(1);
  });

  it("are opened for the others although the one who asked first aborts", async () => {
    start();
    const abort = new AbortController();
    const first = expect(sessions.open("double", double, abort.signal)).rejects.toThrow(/abort/i);
    const second = sessions.open("double", double, new AbortController().signal);
    abort.abort();
    await first;
    expect((await (await second).run({ x })).y.data[0]).toBe(2);
    expect(builds).toBe(1);
  });

  it("are not opened when all who asked have aborted, and later for who asks then", async () => {
    start();
    const aborts = [new AbortController(), new AbortController()];
    const opened = aborts.map(({ signal }) =>
      expect(sessions.open("double", double, signal)).rejects.toThrow(/abort/i),
    );
    for (const abort of aborts) abort.abort();
    await Promise.all(opened);
    expect((await (await sessions.open("double", double)).run({ x })).y.data[0]).toBe(2);
    expect(builds).toBe(2);
  });

  it("come back where they are run after another job closed them", async () => {
    start();
    const graphs = [await sessions.open("unet a", double), await sessions.open("unet b", double)] as const;
    await sessions.close("unet ", ["unet b"]);
    await graphs[1].run({ x });
    expect(builds).toBe(2);
    expect((await graphs[0].run({ x })).y.data[0]).toBe(2);
    expect(builds).toBe(3);
    await sessions[Symbol.asyncDispose]();
    expect((await graphs[1].run({ x })).y.data[0]).toBe(2);
    expect(builds).toBe(4);
  });

  it("are closed where a large UNet is opened, and kept beside a small one", async () => {
    for (const [unetBytes, opened] of [
      [2 ** 30, 3],
      [2 ** 20, 2],
    ] as const) {
      start();
      const text = await sessions.open("text", double);
      await openUNet({ unetBytes, sessions }, "plain", double);
      expect((await text.run({ x })).y.data[2]).toBe(6);
      expect(builds).toBe(opened);
      await engine.close();
    }
  });

  it("tell all who asked why a graph does not open", async () => {
    start();
    const wrong = () => graph((v) => matmul(v, constant([4, 4], new Float32Array(16))));
    const asked = [sessions.open("wrong", wrong), sessions.open("wrong", wrong)];
    for (const error of await Promise.allSettled(asked)) expect(error.status).toBe("rejected");
    expect((await (await sessions.open("double", double)).run({ x })).y.data[0]).toBe(2);
  });
});
