import { afterAll, expect, test } from "vitest";
import { compile, inputs, matmul, port, symbol } from "../../src/graph/index.ts";
import { createEngine } from "../../src/runtime/index.node.ts";
import { floatTensor } from "../../src/tensor/index.ts";

const engine = createEngine({ threads: 1 });
afterAll(() => engine.close());

test("a graph that needs more memory than any machine has says so", async () => {
  const side = 6e6;
  const ports = { a: port([symbol("n"), 1]), b: port([1, symbol("m")]) };
  const { a, b } = inputs(ports);
  const graph = { inputs: ports, outputs: { y: matmul(a, b) } };
  const session = await engine.open(compile(graph, engine.lowering));
  const run = session.run({ a: floatTensor([side, 1]), b: floatTensor([1, side]) });
  await expect(run).rejects.toMatchObject({
    code: "out-of-memory",
    message: expect.stringMatching(
      /^There is not enough memory to run the graph: .* Use fewer frames or a smaller size/s,
    ),
  });
});
