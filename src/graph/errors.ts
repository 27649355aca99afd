import { FateZeroError } from "../errors.ts";

/** Shapes that do not fit, found while a graph is built. `layer` is the path of the layer, outermost first. */
export class GraphShapeError extends FateZeroError {
  readonly layer: string;
  readonly detail: string;

  constructor(detail: string, layer = "") {
    super(
      "graph-shape",
      `${layer ? `${layer}: ` : ""}${detail}`,
      "Check the layer's width in the model's config.json against its weights.",
    );
    this.name = "GraphShapeError";
    this.layer = layer;
    this.detail = detail;
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
