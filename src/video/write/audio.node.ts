import type { AudioCodec, EncodedPacket, Input, InputAudioTrack, Output } from "mediabunny";
import type { Ffmpeg, Mediabunny } from "../codecs.node.ts";
import { videoStructure } from "../structure/structure.node.ts";
import type { VideoSource, VideoWarning } from "../types.ts";
import { decodeAudio, type NewCodec } from "./convert-audio.node.ts";
import type { ContainerKind } from "./sink.ts";

/** Sound on its way from one file to another. */
export interface AudioCopy {
  /** Brings over what begins before `seconds` of the new video. */
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

/** How the players of a container have its sound: the codecs that go into it as they are, and the one for all others. */
const PLAYED: Readonly<
  Record<ContainerKind, { readonly as: NewCodec; readonly copies: (codec: AudioCodec) => boolean }>
> = {
  mp4: { as: "aac", copies: (codec) => ["aac", "mp3", "ac3", "eac3", "opus", "flac"].includes(codec) },
  // QuickTime's own container: sound without compression is at home in it, Opus and FLAC are not.
  mov: { as: "aac", copies: (codec) => /^(aac|mp3|e?ac3|pcm-.*|[au]law)$/.test(codec) },
  mkv: { as: "flac", copies: () => true },
  webm: { as: "opus", copies: (codec) => codec === "opus" || codec === "vorbis" },
};

const NAMES: Readonly<Record<NewCodec, string>> = { aac: "AAC", opus: "Opus", flac: "FLAC" };

/** Where sound is to go. */
interface Target {
  readonly output: Output;
  readonly kind: ContainerKind;
  /** Seconds of the new video. */
  readonly end: number;
  readonly onWarning: (warning: VideoWarning) => void;
}

/** The packets of a file's sound, if the container takes them as they are. */
async function openPackets(
  mediabunny: Mediabunny,
  input: Input,
  { path, ...stretch }: VideoSource,
  { output, kind, end, onWarning }: Target,
): Promise<AudioCopy | undefined> {
  const track = await input.getPrimaryAudioTrack();
  const codec = (await track?.getCodec()) ?? null;
  const decoderConfig = await track?.getDecoderConfig();
  if (!track || !codec || !decoderConfig) return undefined;
  if (!PLAYED[kind].copies(codec) || !output.format.getSupportedAudioCodecs().includes(codec))
    return undefined;
  const sound = new mediabunny.EncodedAudioPacketSource(codec);
  output.addAudioTrack(sound);
  return carry(packets(mediabunny, track, { path, ...stretch }), {
    add: (packet) => sound.add(packet, { decoderConfig }),
    end,
    dispose: () => input.dispose(),
    failed: () => onWarning(audioNotCopied(`"${path}" is damaged`)),
  });
}

/** The sound of a file coded anew, as the players of the container have it. */
async function openConverted(
  ffmpeg: Ffmpeg,
  source: VideoSource,
  isPlain: boolean,
  { output, kind, end, onWarning }: Target,
): Promise<AudioCopy | undefined> {
  const { mediabunny } = ffmpeg;
  const codec = PLAYED[kind].as;
  const decoded = await decodeAudio(ffmpeg, source, codec);
  if (!decoded) return undefined;
  const { bitrate, samples, isMixed } = decoded;
  const quality = codec === "flac" ? {} : { quality: new mediabunny.Quality({ bitrate }) };
  const sound = new mediabunny.AudioSampleSource({ codec, ...quality });
  output.addAudioTrack(sound);
  const mixed = isMixed ? ", mixed to two channels" : "";
  const reason = isPlain ? `which players of .${kind} files take` : "so that it stays with the pictures";
  const message = `The sound, "${decoded.codec}" in "${source.path}", was coded anew as ${NAMES[codec]}${mixed}, ${reason}.`;
  onWarning({ code: "audio-converted", message });
  return carry(samples, {
    add: async (sample) => {
      await sound.add(sample);
      sample.close();
    },
    end,
    dispose: () => {},
    failed: () => onWarning(audioNotCopied(`that of "${source.path}" is damaged`)),
  });
}

/**
 * Adds a sound track to `output`, which has not started yet, from a stretch of a video file: copied where players of the
 * container take its codec, else coded anew with a warning. Gives undefined after a warning where that cannot be done.
 */
export async function openAudioCopy(
  ffmpeg: Ffmpeg,
  source: VideoSource,
  target: Target,
): Promise<AudioCopy | undefined> {
  const { mediabunny } = ffmpeg;
  const input = open(mediabunny, source.path);
  // What an edit list makes of the sound is heard when it is decoded.
  const isPlain = await videoStructure(source.path).then(
    ({ hasPlainSound }) => hasPlainSound,
    () => false,
  );
  const copy = isPlain
    ? await openPackets(mediabunny, input, source, target).catch(() => undefined)
    : undefined;
  if (copy) return copy;
  input.dispose();
  const converted = await openConverted(ffmpeg, source, isPlain, target);
  if (!converted) target.onWarning(audioNotCopied(`that of "${source.path}" cannot be read`));
  return converted;
}

/** Brings packets or samples over as far as the pictures have come. */
function carry<Piece extends { readonly timestamp: number }>(
  pieces: AsyncGenerator<Piece, void, undefined>,
  to: {
    readonly add: (piece: Piece) => Promise<void>;
    readonly end: number;
    readonly dispose: () => void;
    readonly failed: () => void;
  },
): AudioCopy {
  let waiting: Piece | undefined;
  let isDone = false;
  return {
    copyUpTo: async (seconds) => {
      while (!isDone) {
        if (!waiting) {
          const next = await pieces.next().catch(to.failed);
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
      await pieces.return().catch(() => {});
      to.dispose();
    },
  };
}
