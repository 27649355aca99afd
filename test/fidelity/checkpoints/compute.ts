import { plainUNet } from "../../../src/attention/index.ts";
import type { Checkpoint } from "../../../src/checkpoint/index.ts";
import { compile, type Feeds, type Graph, type Outputs } from "../../../src/graph/index.ts";
import { clipTextGraph, vaeGraphs } from "../../../src/model/index.ts";
import type { Engine } from "../../../src/runtime/index.ts";
import { type FloatTensor, floatTensor, intTensor, slice0 } from "../../../src/tensor/index.ts";

/** What a checkpoint computes from the inputs of the fixtures. */
export interface Computed {
  /** Token ids [P, 77] → states [P, 77, D]. */
  text(ids: FloatTensor): Promise<FloatTensor>;
  /** Latents [B, C, h, w], timesteps [B], states of B prompts → prediction like the latents. */
  unet(x: FloatTensor, t: FloatTensor, text: FloatTensor): Promise<FloatTensor>;
  /** Images [N, 3, H, W] → the posterior's mean [N, C, h, w]. */
  encode(images: FloatTensor): Promise<FloatTensor>;
  /** Latents [N, C, h, w] → images [N, 3, H, W]. */
  decode(latents: FloatTensor): Promise<FloatTensor>;
}

async function once<G extends Graph>(engine: Engine, graph: G, feeds: Feeds<G>): Promise<Outputs<G>> {
  const session = await engine.open(compile(graph, engine.lowering));
  try {
    return await session.run(feeds);
  } finally {
    await session.dispose();
  }
}

/** Runs a checkpoint's networks one at a time: each is opened, run once and closed. */
export function computeWith(engine: Engine, checkpoint: Checkpoint): Computed {
  return {
    async text(ids) {
      const feeds = { ids: intTensor(ids.shape, Array.from(ids.data)) };
      return (await once(engine, clipTextGraph(checkpoint.textEncoder), feeds)).states;
    },
    async unet(x, t, text) {
      const [count, ...rest] = x.shape as [number, ...number[]];
      const graph = plainUNet(checkpoint.unet, {
        attend: { frames: [] },
        groupNorm: "frame",
        temporal: false,
        textLength: text.shape[1]!,
        wordMapSites: [],
      });
      const latents = floatTensor([count, 1, ...rest], x.data);
      const feeds = { latents, timestep: t, text: slice0(text, 0, count) };
      const { prediction } = await once(engine, graph, feeds);
      return floatTensor(x.shape, prediction.data);
    },
    async encode(images) {
      return (await once(engine, vaeGraphs(checkpoint.vae).encoder, { images })).mean;
    },
    async decode(latents) {
      return (await once(engine, vaeGraphs(checkpoint.vae).decoder, { latents })).images;
    },
  };
}
