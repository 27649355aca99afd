import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { children } from "../../test/support/children.ts";
import { cast, compile, inputs, linear, port, type Value, weight } from "../graph/index.ts";
import {
  bytesPerElement,
  type FloatTensor,
  float16ToFloat32,
  float32ToFloat16,
  floatTensor,
} from "../tensor/index.ts";
import { createEngine } from "./index.node.ts";
import type { MemoryMode } from "./index.ts";

const WIDTH = 1024;
const LAYERS = 24;
/** Bytes of all weights as they are computed with. */
const WIDENED = 4 * WIDTH ** 2 * LAYERS;

const folder = mkdtempSync(join(tmpdir(), "fatezero-weights-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Weights of each layer, nearly the identity: a file of half precision, and one of the same values in single. */
const halves = float32ToFloat16(
  Float32Array.from({ length: WIDTH ** 2 * LAYERS }, (_, i) =>
    (i % WIDTH ** 2) % (WIDTH + 1) === 0 ? 1 : 0.01 * Math.sin(i),
  ),
);
writeFileSync(join(folder, "float16"), halves);
writeFileSync(join(folder, "float32"), float16ToFloat32(halves));

/** Layer after layer, each with weights of its own from the file. */
function layers(dtype: "float16" | "float32") {
  const ports = { x: port([2, WIDTH]) };
  const length = bytesPerElement(dtype) * WIDTH ** 2;
  let y: Value = inputs(ports).x;
  for (let layer = 0; layer < LAYERS; layer++) {
    const place = { file: join(folder, dtype), offset: layer * length, length };
    y = linear(y, cast(weight(`w${layer}`, dtype, [WIDTH, WIDTH], place), "float32"), null);
  }
  return { inputs: ports, outputs: { y } };
}

const x = floatTensor(
  [2, WIDTH],
  Float32Array.from({ length: 2 * WIDTH }, (_, i) => Math.cos(i)),
);

/** Runs the layers twice; returns what they give, and bytes of its own that the process has then. */
async function run(
  memory: MemoryMode,
  dtype: "float16" | "float32" = "float16",
): Promise<{ readonly y: FloatTensor; readonly own: number }> {
  await using engine = createEngine({ threads: 1, memory });
  const before = new Set(children());
  const session = await engine.open(compile(layers(dtype), engine.lowering));
  const [pid] = children().filter((child) => !before.has(child));
  await session.run({ x });
  const { y } = await session.run({ x });
  const [, kilobytes] = /^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))!;
  return { y, own: 1024 * Number(kilobytes) };
}

describe.runIf(process.platform === "linux")("weights of half precision", () => {
  it("are widened one by one with lowMemory, and all at once without; the results are close", async () => {
    const [fast, low] = [await run("fast"), await run("lowMemory")];
    expect(low.y.data).toBeAllclose(fast.y.data, { absolute: 1e-4, relative: 1e-4 });
    expect(fast.own - low.own).toBeGreaterThan(0.6 * WIDENED);
    expect(low.y).toEqual((await run("lowMemory", "float32")).y);
  });
});
