import { FateZeroError } from "../errors.ts";

/** Shapes that do not fit, found while a graph is built. `layer` is the path of the layer, outermost first. */
export class GraphShapeError extends FateZeroError {
  readonly layer: string;
  readonly detail: string;
  /** What messages call the network; empty where nobody has said. */
  readonly network: string;

  constructor(detail: string, layer = "", network = "") {
    const place = [network, layer].filter((name) => name !== "").map((name) => `${name}: `);
    super(
      "graph-shape",
      `${place.join("")}${detail}`,
      "Check the layer's width in the model's config.json against its weights.",
    );
    this.name = "GraphShapeError";
    this.layer = layer;
    this.detail = detail;
    this.network = network;
  }
}

/** Runs `build`; a shape error inside it is told with the name of this network. */
export function inNetwork<T>(network: string, build: () => T): T {
  try {
    return build();
  } catch (error) {
    if (error instanceof GraphShapeError && error.network === "")
      throw new GraphShapeError(error.detail, error.layer, network);
    throw error;
  }
}

/** Runs `build`; a shape error inside it is told with the name of this layer. */
export function inLayer<T>(layer: string, build: () => T): T {
  try {
    return build();
  } catch (error) {
    if (error instanceof GraphShapeError && error.layer === "")
      throw new GraphShapeError(error.detail, layer);
    throw error;
  }
}
