import type { EncodedPacket, InputAudioTrack, Output } from "mediabunny";
import type { Mediabunny } from "../codecs.node.ts";
import type { VideoSource, VideoWarning } from "../types.ts";

/** Sound on its way from one file to another, its packets unopened. */
export interface AudioCopy {
  /** Copies packets that begin before `seconds` of the new video. */
  copyUpTo(seconds: number): Promise<void>;
  /** Closes the file. Never throws. */
  close(): Promise<void>;
}

/** The warning that sound was asked for and is missing. */
export function audioNotCopied(reason: string): VideoWarning {
  return { code: "audio-not-copied", message: `The sound was not copied: ${reason}.` };
}

function open(mediabunny: Mediabunny, path: string) {
  return new mediabunny.Input({
    source: new mediabunny.FilePathSource(path, { handleUnhandledError: () => {} }),
    formats: mediabunny.ALL_FORMATS,
  });
}

/** Packets of the stretch `from` … `to` of a track, moved to begin at 0 (or just before: a packet cannot be cut). */
async function* packets(
  mediabunny: Mediabunny,
  track: InputAudioTrack,
  { from, to }: VideoSource,
): AsyncGenerator<EncodedPacket, void, undefined> {
  const sink = new mediabunny.EncodedPacketSink(track);
  const first = (from > 0 ? await sink.getPacket(from) : null) ?? (await sink.getFirstPacket());
  if (!first) return;
  for await (const packet of sink.packets(first)) {
    if (packet.timestamp >= to) return;
    // Of a whole file, the lead-in before the picture too: decoders need it.
    if (packet.timestamp + packet.duration <= from && from > 0) continue;
    yield packet.clone({ timestamp: packet.timestamp - from });
  }
}

/**
 * Adds a sound track to `output`, which has not started yet, to be copied from a stretch of a video file. Gives
 * undefined after a warning where the container cannot hold the sound's codec or the file cannot be read any more.
 */
export async function openAudioCopy(
  mediabunny: Mediabunny,
  output: Output,
  source: VideoSource,
  seconds: number,
  onWarning: (warning: VideoWarning) => void,
): Promise<AudioCopy | undefined> {
  const input = open(mediabunny, source.path);
  try {
    const track = await input.getPrimaryAudioTrack();
    const codec = (await track?.getCodec()) ?? null;
    const decoderConfig = await track?.getDecoderConfig();
    if (!track || !codec || !decoderConfig) {
      onWarning(audioNotCopied(`that of "${source.path}" is in a format that is not known here`));
      input.dispose();
      return undefined;
    }
    if (!output.format.getSupportedAudioCodecs().includes(codec)) {
      const reason = `it is coded as "${codec}", which ${output.format.fileExtension} files cannot hold; mkv can`;
      onWarning(audioNotCopied(reason));
      input.dispose();
      return undefined;
    }
    const sound = new mediabunny.EncodedAudioPacketSource(codec);
    output.addAudioTrack(sound);
    return copyFrom(packets(mediabunny, track, source), {
      add: (packet) => sound.add(packet, { decoderConfig }),
      end: seconds,
      dispose: () => input.dispose(),
      failed: () => onWarning(audioNotCopied(`"${source.path}" is damaged`)),
    });
  } catch {
    input.dispose();
    onWarning(audioNotCopied(`"${source.path}" cannot be read any more`));
    return undefined;
  }
}

function copyFrom(
  packets: AsyncGenerator<EncodedPacket, void, undefined>,
  to: {
    readonly add: (packet: EncodedPacket) => Promise<void>;
    readonly end: number;
    readonly dispose: () => void;
    readonly failed: () => void;
  },
): AudioCopy {
  let waiting: EncodedPacket | undefined;
  let isDone = false;
  return {
    copyUpTo: async (seconds) => {
      while (!isDone) {
        if (!waiting) {
          const next = await packets.next().catch(to.failed);
          if (!next || next.done) {
            isDone = true;
            return;
          }
          waiting = next.value;
        }
        if (waiting.timestamp >= Math.min(seconds, to.end)) return;
        await to.add(waiting);
        waiting = undefined;
      }
    },
    close: async () => {
      isDone = true;
      await packets.return().catch(() => {});
      to.dispose();
    },
  };
}
