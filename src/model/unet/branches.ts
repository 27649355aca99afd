import {
  type Dim,
  divDims,
  GraphShapeError,
  mulDims,
  reshape,
  slice,
  type Value,
} from "../../graph/index.ts";
import type { UNetContext } from "./context.ts";

/** The branches of x [B·F, …]: fewer from where an attention leaves the first ones out (SpatialAttention). */
export function branchesOf({ frames }: Pick<UNetContext, "frames">, x: Value): Dim {
  const branches = divDims(x.shape[0]!, frames);
  if (branches === null) throw new GraphShapeError("unet: the batch is no whole number of clips");
  return branches;
}

/** The last branches of x [B·F, …], as many as `like` has: x itself where no branch has been left out in between. */
export function alike(context: Pick<UNetContext, "frames">, x: Value, like: Value): Value {
  const [all, kept] = [branchesOf(context, x), branchesOf(context, like)];
  if (typeof all !== "number" || typeof kept !== "number" || all === kept) return x;
  const rest = x.shape.slice(1);
  const byBranch = reshape(x, [all, context.frames, ...rest]);
  return reshape(slice(byBranch, 0, all - kept, all), [mulDims(kept, context.frames), ...rest]);
}
