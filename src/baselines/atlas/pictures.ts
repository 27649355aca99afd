import type { Frame } from "../../video/index.ts";
import type { AtlasLayer } from "./networks.ts";
import type { Renderer, SeenFrame } from "./render.ts";
import { splat } from "./texture.ts";

/** The layers of an atlas as pictures of its squares; white where no frame shows anything of them. */
export type AtlasPictures = Readonly<Record<AtlasLayer, Frame>>;

/** Share of a texel that frames must show for it to be drawn. */
const LEAST = 0.1;

/** Draws the layers of so many texels a side. */
export async function drawLayers(
  renderer: Pick<Renderer, "colors">,
  seen: readonly SeenFrame[],
  side: number,
): Promise<AtlasPictures> {
  const places = Float32Array.from({ length: 2 * side * side }, (_, k) => {
    const texel = Math.floor(k / 2);
    return (2 * (k % 2 === 0 ? texel % side : Math.floor(texel / side))) / (side - 1) - 1;
  });
  const draw = async (layer: AtlasLayer): Promise<Frame> => {
    const colors = await renderer.colors(layer, places);
    const shown = new Float32Array(side * side);
    for (const frame of seen) {
      const share = (i: number): number => (layer === "foreground" ? frame.alpha[i]! : 1 - frame.alpha[i]!);
      for (const [i, w] of splat(side, frame[layer], frame.colors, share).weight.entries())
        shown[i] = shown[i]! + w;
    }
    const data = Uint8Array.from(colors, (value, k) =>
      shown[Math.floor(k / 3)]! >= LEAST ? Math.round(255 * value) : 255,
    );
    return { width: side, height: side, data };
  };
  return { foreground: await draw("foreground"), background: await draw("background") };
}
