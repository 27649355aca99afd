import { FateZeroError } from "../errors.ts";

export type Mediabunny = typeof import("mediabunny");
/** FFmpeg's libraries, its decoders as mediabunny's are called, and how its frames become mediabunny's samples. */
export type Ffmpeg = typeof import("./codecs-setup.node.ts");

/** As `loadCodecs`, with FFmpeg itself. */
export async function loadFfmpeg(): Promise<Ffmpeg> {
  try {
    return await import("./codecs-setup.node.ts");
  } catch (cause) {
    throw new FateZeroError(
      "codecs-missing",
      `The video codecs (packages mediabunny and node-av) could not be loaded on ${process.platform}-${process.arch}.`,
      'Run "npm ci" again, or use folders of images instead of video files.',
      { cause },
    );
  }
}

/** Loads demuxers, muxers and codecs on first use: they take half a second, which `--help` must not pay. */
export async function loadCodecs(): Promise<Mediabunny> {
  return (await loadFfmpeg()).mediabunny;
}
