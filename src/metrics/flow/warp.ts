import type { Frame } from "../../video/index.ts";
import type { Flow } from "./optical-flow.ts";

/** A later (or earlier) picture brought back along the flow that leads to it; linear between pixels, not rounded. */
export function warpFrame(
  { width, height, data }: Frame,
  { u, v }: Flow,
): Frame & { readonly data: Float32Array } {
  const warped = new Float32Array(data.length);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const px = Math.min(Math.max(x + u[i]!, 0), width - 1);
      const py = Math.min(Math.max(y + v[i]!, 0), height - 1);
      const x0 = Math.floor(px);
      const y0 = Math.floor(py);
      const right = x0 < width - 1 ? 3 : 0;
      const below = y0 < height - 1 ? 3 * width : 0;
      const first = 3 * (y0 * width + x0);
      for (let k = first; k < first + 3; k++) {
        const top = data[k]! + (px - x0) * (data[k + right]! - data[k]!);
        const bottom = data[k + below]! + (px - x0) * (data[k + below + right]! - data[k + below]!);
        warped[3 * i + k - first] = top + (py - y0) * (bottom - top);
      }
    }
  }
  return { width, height, data: warped };
}
