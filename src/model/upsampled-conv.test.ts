/** The convolution of a doubled image by four small ones against the plain one of the doubled image. */
import { afterAll, expect, it } from "vitest";
import { noise } from "../../test/reference/noise.ts";
import { componentAt, inRepository } from "../../test/support/fixtures.ts";
import { compile, inputs, port, symbol, upsample2x } from "../graph/index.ts";
import { createEngine } from "../runtime/index.node.ts";
import { convLayer, upsampledConvLayer } from "./layers.ts";
import { readParams } from "./params.ts";

const engine = createEngine({ threads: 1 });
afterAll(() => engine.close());

it("gives what the convolution of the doubled image gives, at the edges too", async () => {
  const component = await componentAt(inRepository("models/tinytown/unet"));
  const { params } = readParams(component);
  const layer = params.at("up_blocks.0.upsamplers.0.conv");
  const ports = { x: port([symbol("batch"), 192, symbol("height"), symbol("width")]) };
  const { x } = inputs(ports);
  const outputs = {
    direct: convLayer(layer, upsample2x(x), 192, 3, { padding: 1 }),
    small: upsampledConvLayer(layer, x, 192),
  };
  const session = await engine.open(compile({ inputs: ports, outputs }, engine.lowering));
  const { direct, small } = await session.run({ x: noise([2, 192, 3, 5], 1) });
  expect(small.shape).toEqual([2, 192, 6, 10]);
  expect(Math.max(...direct.data)).toBeGreaterThan(0.5);
  expect(small).toBeAllclose(direct, { absolute: 2e-5 });
});
