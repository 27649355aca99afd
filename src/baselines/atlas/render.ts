import { compile, type Graph, inputs, port, symbol } from "../../graph/index.ts";
import type { Engine, Session } from "../../runtime/index.ts";
import { type FloatTensor, floatTensor } from "../../tensor/index.ts";
import { type AtlasData, writePoint } from "./batches.ts";
import { type AtlasLayer, functionsOf, type Networks, weightPorts } from "./networks.ts";

/** What the networks say of the pixels of a frame, row by row. */
export interface SeenFrame {
  /** Places in the layers, two values a pixel, −1…1. */
  readonly foreground: Float32Array;
  readonly background: Float32Array;
  /** Share of the foreground, 0…1. */
  readonly alpha: Float32Array;
  /** Reconstructed colours, three values a pixel, 0…1. */
  readonly colors: Float32Array;
}

/** The fitted networks, open. */
export interface Renderer {
  frame(t: number): Promise<SeenFrame>;
  /** Colours of a layer at places, two values each: three values each, 0…1. */
  colors(layer: AtlasLayer, places: Float32Array): Promise<Float32Array>;
  close(): Promise<void>;
}

/** Rows of one run: bounds its memory. */
const ROWS = 16384;

function layersGraph(networks: Networks) {
  const ports = { points: port([symbol("rows"), 3]) };
  const { points } = inputs(ports);
  const { map, alpha } = functionsOf(networks);
  const outputs = {
    foreground: map("foreground", points),
    background: map("background", points),
    alpha: alpha(points),
  };
  const { foreground, background, alpha: a } = networks;
  const weights = weightPorts([foreground, background, a]);
  return { inputs: ports, outputs, weights, precision: "fp32" } satisfies Graph;
}

function colorGraph(networks: Networks, layer: AtlasLayer) {
  const ports = { places: port([symbol("rows"), 2]) };
  const { places } = inputs(ports);
  const outputs = { colors: functionsOf(networks).color(layer, places) };
  const weights = weightPorts([networks.atlas]);
  return { inputs: ports, outputs, weights, precision: "fp32" } satisfies Graph;
}

/** Opens fitted networks to look at what they hold. */
export async function openRenderer(
  engine: Engine,
  data: Pick<AtlasData, "frames">,
  networks: Networks,
  values: Readonly<Record<string, FloatTensor>>,
  signal?: AbortSignal,
): Promise<Renderer> {
  const open = <G extends Graph>(graph: G) => engine.open(compile(graph, engine.lowering), { signal });
  const layers = await open(layersGraph(networks));
  const tables = {
    foreground: await open(colorGraph(networks, "foreground")),
    background: await open(colorGraph(networks, "background")),
  };
  const fed = (session: Pick<Session, "weights">) =>
    Object.fromEntries(session.weights.map((name) => [name, values[name]!]));
  const colors = async (layer: AtlasLayer, places: Float32Array): Promise<Float32Array> => {
    const session = tables[layer];
    const out = new Float32Array((places.length / 2) * 3);
    for (let at = 0; at < places.length / 2; at += ROWS) {
      const part = places.subarray(2 * at, 2 * (at + ROWS));
      const feeds = { places: floatTensor([part.length / 2, 2], part) };
      const result = await session.run(feeds, { weights: fed(session), signal });
      out.set(result.colors.data, 3 * at);
    }
    return out;
  };
  return {
    colors,
    async frame(t) {
      const { width, height } = data.frames[t]!;
      const size = width * height;
      const seen = {
        foreground: new Float32Array(2 * size),
        background: new Float32Array(2 * size),
        alpha: new Float32Array(size),
      };
      for (let at = 0; at < size; at += ROWS) {
        const rows = Math.min(ROWS, size - at);
        const points = floatTensor([rows, 3]);
        for (let row = 0; row < rows; row++) {
          const i = at + row;
          writePoint(points.data, row, { x: i % width, y: Math.floor(i / width), t }, data);
        }
        const result = await layers.run({ points }, { weights: fed(layers), signal });
        seen.foreground.set(result.foreground.data, 2 * at);
        seen.background.set(result.background.data, 2 * at);
        seen.alpha.set(result.alpha.data, at);
      }
      const front = await colors("foreground", seen.foreground);
      const behind = await colors("background", seen.background);
      const mixed = front.map((value, k) => {
        const share = seen.alpha[Math.floor(k / 3)]!;
        return share * value + (1 - share) * behind[k]!;
      });
      return { ...seen, colors: mixed };
    },
    async close() {
      for (const session of [layers, tables.foreground, tables.background]) await session.dispose();
    },
  };
}
