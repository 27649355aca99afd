import type { ClassImages } from "../../tune/index.ts";
import { listImages, readVideo } from "../../video/index.node.ts";
import type { Frame } from "../../video/index.ts";
import { asPhase } from "../as-phase.ts";
import type { Session } from "../session.ts";
import { tellWarnings } from "../video-warning.ts";

/** Reads the pictures of a folder as class images that show `prompt`; in compat mode in the released code's order. */
export async function readClassImages(
  { path, prompt }: { readonly path: string; readonly prompt: string },
  compat: "fatezero" | null,
  { signal, report }: Session,
): Promise<ClassImages> {
  const onWarning = tellWarnings(report);
  const read = async (): Promise<Frame[]> => {
    const images: Frame[] = [];
    const order = compat ? "code-points" : "numbers";
    for (const file of await listImages(path, { order, onWarning }))
      images.push(...(await readVideo(file, { signal, onWarning, frames: 1 })).frames);
    return images;
  };
  return { images: await asPhase(report, "read", read, path), prompt };
}
