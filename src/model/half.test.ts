/** The embedded model's networks in half precision, against what PyTorch computed of them in single. */
import { afterAll, describe, expect, it } from "vitest";
import { halfDevicesHere } from "../../test/support/devices.ts";
import { componentAt, fixture, inRepository } from "../../test/support/fixtures.ts";
import { plainUNet } from "../attention/index.ts";
import { readSafetensors } from "../files/index.ts";
import { compile, type Feeds, type Graph } from "../graph/index.ts";
import { createEngine } from "../runtime/index.node.ts";
import { type FloatTensor, floatTensor, intTensor, slice0 } from "../tensor/index.ts";
import { clipTextGraph, vaeGraphs } from "./index.ts";

const { tensors } = await readSafetensors(fixture("tinytown.safetensors"));
const expected = (name: string): FloatTensor => tensors.get(name)!;
const part = (name: string, stem?: string) => componentAt(inRepository(`models/tinytown/${name}`), stem);

/** Root mean square of the differences as a share of what is expected. */
function errorOf(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  let [wrong, all] = [0, 0];
  for (let i = 0; i < wanted.length; i++) {
    wrong += (found[i]! - wanted[i]!) ** 2;
    all += wanted[i]! ** 2;
  }
  return Math.sqrt(wrong / all);
}

describe.each(await halfDevicesHere())("tinytown in half precision on %s", (device) => {
  const engine = createEngine({ device, threads: 2 });
  afterAll(() => engine.close());

  async function run<G extends Graph>(graph: G, feeds: Feeds<G>) {
    const session = await engine.open(compile(graph, { ...engine.lowering, precision: "fp16" }));
    const outputs = await session.run(feeds);
    await session.dispose();
    return outputs;
  }
  /** An error that is half precision's own: neither more, nor none. */
  function expectHalf(found: FloatTensor, wanted: FloatTensor, most: number): void {
    const error = errorOf(found.data, wanted.data);
    expect(error).toBeLessThan(most);
    expect(error).toBeGreaterThan(2e-5);
  }

  it("reads a prompt", async () => {
    const ids = expected("ids");
    const graph = clipTextGraph(await part("text_encoder", "model"));
    const { states } = await run(graph, { ids: intTensor(ids.shape, Array.from(ids.data)) });
    expectHalf(states, expected("text"), 3e-3);
  });

  it("decodes latents, and encodes pictures", async () => {
    const { encoder, decoder } = vaeGraphs(await part("vae"));
    const latents = expected("latents");
    const unscaled = floatTensor(
      latents.shape,
      latents.data.map((value) => value / 0.18215),
    );
    const { images } = await run(decoder, { latents: unscaled });
    expectHalf(images, expected("decoded"), 5e-3);
    const single = await engine.open(compile(encoder, engine.lowering));
    const wanted = await single.run({ images });
    const { mean } = await run(encoder, { images });
    expectHalf(mean, wanted.mean, 5e-3);
  });

  it("predicts noise", async () => {
    const graph = plainUNet(await part("unet"), {
      attend: { frames: [] },
      groupNorm: "frame",
      temporal: true,
      textLength: 77,
      wordMapSites: [],
    });
    const latents = expected("latents");
    const [count, ...rest] = latents.shape as [number, ...number[]];
    const first = slice0(expected("text"), 0, 1);
    const text = floatTensor([count, 77, 128]);
    for (let i = 0; i < count; i++) text.data.set(first.data, i * first.data.length);
    const feeds = { latents: floatTensor([count, 1, ...rest], latents.data), timestep: expected("t"), text };
    const { prediction } = await run(graph, feeds);
    expectHalf(prediction, expected("eps"), 1e-2);
  });
});
