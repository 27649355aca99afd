import { FateZeroError } from "../errors.ts";

export type Mediabunny = typeof import("mediabunny");

/** Loads demuxers, muxers and codecs on first use: they take half a second, which `--help` must not pay. */
export async function loadCodecs(): Promise<Mediabunny> {
  try {
    return (await import("./codecs-setup.node.ts")).mediabunny;
  } catch (cause) {
    throw new FateZeroError(
      "codecs-missing",
      `The video codecs (packages mediabunny and node-av) could not be loaded on ${process.platform}-${process.arch}.`,
      'Run "npm ci" again, or use folders of images instead of video files.',
      { cause },
    );
  }
}
