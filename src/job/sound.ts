import { FateZeroError } from "../errors.ts";
import { say, type Text, the } from "../say.ts";
import type { WriteOptions } from "../video/index.node.ts";
import type { VideoSource } from "../video/index.ts";
import type { Report } from "./events.ts";
import type { Input } from "./input.ts";
import { fingerprintOfFile } from "./inversion-source.ts";
import { quoteArgument } from "./quote.ts";
import { usageError } from "./usage.ts";

/** What a request says of the sound. */
interface SoundOptions {
  readonly audio?: boolean | undefined;
  readonly sound?: string | undefined;
}

/** Kinds of results that have sound. */
const WITH_SOUND = ["mp4", "mov", "mkv", "webm"];

function useless(because: Text): Error {
  return usageError(say`${the("sound")} would have no effect: ${[because].flat()}.`, "Leave it out.");
}

/** The stretch of a file that a person named as the video of a saved inversion. Throws where it is not that video. */
async function stretchOf(file: string, source: VideoSource): Promise<VideoSource> {
  const found = await fingerprintOfFile(file);
  if (found === null) {
    const what = say`${the("sound")} "${file}" does not exist or cannot be read.`;
    throw new FateZeroError(
      "input-missing",
      what,
      "Check the path; it must name the video that was inverted.",
    );
  }
  const { from, to, hasAudio, fingerprint } = source;
  if (fingerprint === undefined || fingerprint === found) return { path: file, from, to, hasAudio };
  throw new FateZeroError(
    "sound-differs",
    say`${the("sound")} "${file}" is not the video that was inverted, "${source.path}", or it was changed since.`,
    say`Name that one, or leave ${the("sound")} out.`,
  );
}

/**
 * Which sound goes along, settled before the work: a clip's own; of a saved inversion that of the video it was made of,
 * where that is named by the request or lies beside it. What only the inversion names is not opened: a warning says so.
 */
export async function soundOf(
  input: Input,
  { audio = true, sound }: SoundOptions,
  kind: string,
  report: Report,
): Promise<NonNullable<WriteOptions["audio"]>> {
  if (sound !== undefined && !audio) throw useless(say`with ${the("audio")} there is none`);
  if (sound !== undefined && !WITH_SOUND.includes(kind))
    throw useless(`a result of the kind ${kind} has none`);
  if (!audio) return "none";
  if (input.kind === "clip") {
    if (sound !== undefined) throw useless(`"${input.path}" has its own, and no saved inversion is edited`);
    return "copy";
  }
  const { source } = input.inversion;
  if (!source?.hasAudio) {
    if (sound !== undefined) throw useless(`what "${input.path}" was made of has none`);
    return "copy";
  }
  if (sound !== undefined) return stretchOf(sound, source);
  if (!source.isNamedOnly || !WITH_SOUND.includes(kind)) return "copy";
  const why =
    source.fingerprint === undefined
      ? "an earlier version saved it, without what the video is known by"
      : "no such video lies beside it";
  report({
    type: "warning",
    code: "audio-not-copied",
    message: say`The result will have no sound: "${input.path}" names "${source.path}", but ${why}. Name it by ${the("sound", quoteArgument(source.path))}.`,
  });
  return "none";
}
