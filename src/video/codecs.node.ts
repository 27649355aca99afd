import { FateZeroError } from "../errors.ts";

export type Mediabunny = typeof import("mediabunny");

/**
 * Loads demuxers, muxers and codecs on first use (they take half a second, which `--help` must not pay). Software codecs
 * only: probing for hardware writes to stderr and makes results depend on the machine.
 */
export async function loadCodecs(): Promise<Mediabunny> {
  try {
    const [mediabunny, server, av] = await Promise.all([
      import("mediabunny"),
      import("@mediabunny/server"),
      import("node-av"),
    ]);
    server.registerMediabunnyServer({ hardwareContext: null });
    // What goes wrong is thrown; the codecs' own lines on stderr would only hide it.
    av.Log.setLevel(av.AV_LOG_QUIET);
    mediabunny.Logging.level = mediabunny.LogLevel.Silent;
    return mediabunny;
  } catch (cause) {
    throw new FateZeroError(
      "codecs-missing",
      `The video codecs (packages mediabunny and node-av) could not be loaded on ${process.platform}-${process.arch}.`,
      'Run "npm ci" again, or use folders of images instead of video files.',
      { cause },
    );
  }
}
