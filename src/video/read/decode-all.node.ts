import type { VideoCodec, VideoSample } from "mediabunny";
import type { Ffmpeg } from "../codecs.node.ts";
import type { CodedPicture, Demuxed } from "./demuxer.node.ts";

/** Width over height of one pixel. */
export function pixelAspect({ stream }: Demuxed): { readonly num: number; readonly den: number } {
  const known = [stream.sampleAspectRatio, stream.codecpar.sampleAspectRatio].find(
    ({ num, den }) => num > 0 && den > 0,
  );
  return known ?? { num: 1, den: 1 };
}

/** First place in rising `times` that is `time` or later. */
function placeOf(times: readonly number[], time: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! < time - 1e-4) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Frames by the times that a file gives them, and whether these tell their places without doubt. */
export interface Places {
  readonly times: readonly number[];
  readonly areCertain: boolean;
}

/** What comes out of a decoder, and what it says of damage. */
interface Decoding {
  /** Pictures ready to be taken, each with the number of its packet as its time. */
  readonly ready: VideoSample[];
  damages: number;
  decode(picture: CodedPicture, number: number): Promise<void>;
  flush(): Promise<void>;
  close(): void;
}

function startDecoding({ Decoder, mediabunny }: Ffmpeg, codec: VideoCodec, file: Demuxed): Decoding {
  const { codecpar } = file.stream;
  const { num, den } = pixelAspect(file);
  const ready: VideoSample[] = [];
  const open = (description: Uint8Array | null) => {
    const config: VideoDecoderConfig = {
      codec,
      codedWidth: codecpar.width,
      codedHeight: codecpar.height,
      displayAspectWidth: codecpar.width * num,
      displayAspectHeight: codecpar.height * den,
      ...(description ? { description } : {}),
    };
    const onSample = (sample: VideoSample) => {
      sample.setRotation(file.rotation);
      sample.setFlip(file.flip);
      ready.push(sample);
    };
    const onError = () => {
      decoding.damages++;
    };
    return Object.assign(new Decoder(), { codec, config, onSample, onError, isTolerant: true });
  };
  let decoder = open(codecpar.extradata);
  const decoding: Decoding = {
    ready,
    damages: 0,
    decode: async (picture, number) => {
      if (picture.description) {
        await decoder.flush();
        await decoder.close();
        decoder = open(picture.description);
      }
      const sideData = picture.alpha ? { alpha: picture.alpha } : {};
      const { data, isKey, duration } = picture;
      const packet = new mediabunny.EncodedPacket(
        data,
        isKey ? "key" : "delta",
        number,
        duration,
        number,
        undefined,
        sideData,
      );
      await decoder.decode(packet);
    },
    flush: async () => {
      await decoder.flush();
    },
    close: () => {
      for (const sample of ready) sample.close();
      void decoder.close();
    },
  };
  return decoding;
}

/** Every picture of a file, decoded, in the order of showing, with the place that it has among those shown. */
export async function* decodeAll(
  ffmpeg: Ffmpeg,
  file: Demuxed,
  codec: VideoCodec,
  { times, areCertain }: Places,
): AsyncGenerator<{ readonly index: number; readonly sample: VideoSample }, void, undefined> {
  const decoding = startDecoding(ffmpeg, codec, file);
  /** By number of their packet: when pictures that are in the decoder are shown; undefined for those that are not. */
  const waiting = new Map<number, number | undefined>();
  let index = 0;
  let damages = 0;
  const take = function* () {
    for (const sample of decoding.ready.splice(0)) {
      const time = waiting.get(sample.timestamp);
      waiting.delete(sample.timestamp);
      if (time === undefined) {
        sample.close();
        continue;
      }
      // Pictures that are lost leave a gap; else the decoder's order counts, whatever the times say.
      const isDamaged = decoding.damages > damages && Number.isFinite(time);
      if (isDamaged || areCertain) index = Math.max(index, placeOf(times, time));
      damages = decoding.damages;
      yield { index: index++, sample };
    }
  };
  try {
    let number = 0;
    for await (const picture of file.pictures()) {
      waiting.set(number, picture.isHidden ? undefined : picture.timestamp);
      await decoding.decode(picture, number++);
      yield* take();
    }
    await decoding.flush();
    yield* take();
  } finally {
    decoding.close();
    await file.close();
  }
}
