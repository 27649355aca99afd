/**
 * Where the time of a UNet call goes: the share of each kind of ONNX Runtime's nodes, the multiply-adds that the graph asks of
 * products, and how near they come to what the same runtime does on the same threads in one large product and one large
 * convolution: nothing that stays with this runtime could be faster than that. bench/NOTES.md reads it.
 *
 *     npm run bench:profile                                      # tinytown, 16 frames: plain, and fused with the source's states kept
 *     npm run bench:profile -- --frames 8 --threads 1 --runs 20
 *
 * ONNX Runtime runs in this process, with its own profiler. Nothing else should run meanwhile.
 */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type ort from "onnxruntime-node";
import { fusedUNet, plainUNet } from "../src/attention/index.ts";
import {
  compile,
  conv2d,
  type Graph,
  inputs,
  LOWERINGS,
  matmul,
  port,
  type Sizes,
} from "../src/graph/index.ts";
import { loadModel } from "../src/index.ts";
import { planSites, resolveMethod } from "../src/pipeline/index.ts";
import { noise } from "../test/reference/noise.ts";
import { printTable } from "./clip.ts";
import { byFamily, FAMILIES, type Family, multiplications, sizeOf } from "./multiplications.ts";

const { values } = parseArgs({
  options: {
    frames: { type: "string", default: "16" },
    side: { type: "string", default: "16" },
    threads: { type: "string", default: String(availableParallelism()) },
    runs: { type: "string", default: "15" },
  },
});
const [frames, side] = [Number(values.frames), Number(values.side)];
const [threads, runs] = [Number(values.threads), Number(values.runs)];
const runtime = createRequire(import.meta.url)("onnxruntime-node") as typeof ort;

/** Whose a node of ONNX Runtime is. */
const NODES: Readonly<Record<string, Family>> = {
  ...{ Conv: "convolutions", FusedConv: "convolutions" },
  ...{
    Gemm: "linear layers",
    MatMul: "linear layers",
    FusedMatMul: "linear layers",
    FusedGemm: "linear layers",
  },
  ...{ MultiHeadAttention: "attention" },
};

interface Profile {
  /** Seconds of the fastest run. */
  readonly seconds: number;
  /** Seconds in a run by kind of node, the mean of all runs. */
  readonly byNode: ReadonlyMap<string, number>;
}

/** Runs a graph on noise. */
async function profile(graph: Graph, sizes: Sizes, folder: string): Promise<Profile> {
  const { model, dataFolder, inputs: ports } = compile(graph, LOWERINGS.cpu);
  const session = await runtime.InferenceSession.create(model, {
    graphOptimizationLevel: "all",
    intraOpNumThreads: threads,
    enableMemPattern: false,
    enableProfiling: true,
    profileFilePrefix: join(folder, "profile"),
    logSeverityLevel: 3,
    extra: {
      session: {
        "intra_op.allow_spinning": "0",
        ...(dataFolder === null ? {} : { model_external_initializers_file_folder_path: dataFolder }),
      },
    },
  });
  const feeds = Object.fromEntries(
    Object.entries(ports).flatMap(([name, given], i) => {
      if (!given) return [];
      const shape = given.shape.map((dim) => sizeOf(dim, sizes));
      const count = shape.reduce((a, b) => a * b, 1);
      const tensor =
        given.dtype === "float32"
          ? new runtime.Tensor("float32", noise(shape, i).data, shape)
          : new runtime.Tensor("int64", new BigInt64Array(count), shape);
      return [[name, tensor]];
    }),
  );
  let fastest = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run++) {
    const began = performance.now();
    await session.run(feeds);
    fastest = Math.min(fastest, (performance.now() - began) / 1000);
  }
  session.endProfiling();
  await session.release();
  const [file] = await readdir(folder);
  const path = join(folder, file!);
  const events = JSON.parse(await readFile(path, "utf8")) as readonly {
    readonly cat: string;
    readonly name: string;
    readonly dur: number;
    readonly args?: { readonly op_name?: string };
  }[];
  await rm(path);
  const byNode = new Map<string, number>();
  for (const { cat, name, dur, args } of events) {
    if (cat !== "Node" || !name.endsWith("_kernel_time") || !args?.op_name) continue;
    byNode.set(args.op_name, (byNode.get(args.op_name) ?? 0) + dur / 1e6 / runs);
  }
  return { seconds: fastest, byNode };
}

/** Thousand millions of multiply-adds. */
const giga = (count: number): string => (count / 1e9).toFixed(2);

/** Multiply-adds a second of one operation on tensors of such sizes. */
async function rateOf(graph: Graph, folder: string): Promise<number> {
  return multiplications(graph, {}) / (await profile(graph, {}, folder)).seconds;
}

async function report(
  title: string,
  graph: Graph,
  sizes: Sizes,
  best: Readonly<Record<Family, number>>,
  folder: string,
) {
  const { seconds, byNode } = await profile(graph, sizes, folder);
  const asked = byFamily(graph, sizes);
  const busy = [...byNode.values()].reduce((a, b) => a + b, 0);
  const spent = new Map<string, number>();
  for (const [node, time] of byNode) {
    const family: string = NODES[node] ?? node;
    spent.set(family, (spent.get(family) ?? 0) + time);
  }
  const rows = [...spent].sort(([, a], [, b]) => b - a).filter(([, time]) => time > 0.005 * busy);
  const shown = rows.map(([name, time]) => {
    const family = FAMILIES.find((each) => each === name);
    const count = family && asked[family];
    const rate = count === undefined ? null : count / time;
    return [
      name,
      `${((100 * time) / busy).toFixed(1)} %`,
      (1000 * time).toFixed(1),
      count === undefined ? "" : giga(count),
      rate === null ? "" : giga(rate),
      rate === null ? "" : `${((100 * rate) / best[family!]).toFixed(0)} %`,
    ];
  });
  const total = FAMILIES.reduce((sum, family) => sum + asked[family], 0);
  const least = FAMILIES.reduce((sum, family) => sum + asked[family] / best[family], 0);
  printTable([
    [`${title}, ${threads} threads`, "share", "ms", "G multiply-adds", "G a second", "of the best"],
    ...shown,
    ["all nodes", "100 %", (1000 * busy).toFixed(1), giga(total), giga(total / busy), ""],
    ["the fastest whole run", "", (1000 * seconds).toFixed(1), "", "", ""],
    ["the products alone at the best rates", "", (1000 * least).toFixed(1), "", "", ""],
  ]);
  console.log("");
}

const folder = await mkdtemp(join(tmpdir(), "fatezero-profile-"));
try {
  const product = { a: port([2048, 1024]), b: port([1024, 1024]) };
  const { a, b } = inputs(product);
  const image = { x: port([4, 128, 64, 64]), w: port([128, 128, 3, 3]) };
  const { x, w } = inputs(image);
  const conv: Graph = { inputs: image, outputs: { y: conv2d(x, w, null, { padding: 1 }) } };
  const [products, convolutions] = [
    await rateOf({ inputs: product, outputs: { y: matmul(a, b) } }, folder),
    await rateOf(conv, folder),
  ];
  console.log(
    `One large product does ${giga(products)} G multiply-adds a second, one large convolution ${giga(convolutions)}.\n`,
  );
  const best = { convolutions, "linear layers": products, attention: products };
  await using model = await loadModel("tinytown");
  const method = resolveMethod(model, {});
  const sites = planSites(model, method.compat, side, side);
  const options = {
    ...{ attend: method.attend, groupNorm: method.groupNorm, temporal: true },
    ...{ textLength: model.tokenizer.maxLength, wordMapSites: sites.maps },
  };
  const levels = 2 ** (model.unet.channels.length - 1);
  const sizes = { frames, height: side / levels, width: side / levels, branches: 1 };
  const { unet } = model.checkpoint;
  await report(`a plain call of ${frames} frames`, plainUNet(unet, options), sizes, best, folder);
  const fused = fusedUNet(unet, options, {
    ...{ self: "masked", unconditional: true, keptSource: true },
    fuses: ({ path }) => sites.fused.has(path),
  });
  await report(`a fused step of ${frames} frames`, fused, sizes, best, folder);
} finally {
  await rm(folder, { recursive: true, force: true });
}
