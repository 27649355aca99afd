import { fusedUNet, nullTextUNet, plainUNet } from "../attention/index.ts";
import { liveBytes } from "../graph/index.ts";
import { vaeGraphs } from "../model/index.ts";
import {
  type Chunk,
  framesAtOnce,
  imagesPerRun,
  KEEP_OPEN_BYTES,
  type MethodSettings,
  type Model,
  planSites,
  weightBytes,
} from "../pipeline/index.ts";
import { sourceStateBytes } from "./source-states.ts";

/** What a job on a clip takes. */
export interface MemoryTerms {
  readonly frames: number;
  /** Pixels at which the model works. */
  readonly width: number;
  readonly height: number;
  readonly settings: MethodSettings;
  readonly steps: number;
  /** Frames that the UNet computes at a time, at most. @default the model's own */
  readonly chunk?: Chunk;
  /** Whether the clip is encoded: not where the inversion is there already. */
  readonly encodes: boolean;
  /** Branches of a fused step: 3 with guidance, 2 without; null where nothing is edited. */
  readonly branches: 2 | 3 | null;
  /** Whether each frame gets a text of its own in null-text inversion; null where there is none. @default null */
  readonly nullTextPerFrame?: boolean | null;
}

/** Node, ONNX Runtime and this program, in both processes. */
const PROGRAM_BYTES = 300e6;
/** ONNX Runtime asks the system for more than is alive at a time, and keeps it (`npm run bench:memory`). */
const ARENA = 2.7;
/** The same for a graph with gradients; where blocks are computed again much is held shortly, in many sizes. */
const GRADIENT_ARENA = { fast: 3, lowMemory: 6.6 } as const;
/** Weights while a graph is opened: as they lie in the file, as float32, and rearranged. */
const LOADING = { fast: 1.7, lowMemory: 1 } as const;
/** Bytes for a pixel of a frame beside the process that computes: the clip, its floats, and the frames of the result. */
const PIXEL_BYTES = 45;

/**
 * Bytes of memory that an inversion, its null-text inversion (if any) and (with `branches`) an edit take at their
 * highest, both processes together, by the shapes of the model's graphs and the order in which they are opened and run. Nothing is computed. A
 * rough figure: within a quarter of what two steps take, but two thirds of the peak of fifty (`npm run bench:memory`).
 */
export function expectedMemory(
  model: Model,
  terms: MemoryTerms,
  memory: "fast" | "lowMemory" = "fast",
): number {
  const { frames, width, height, settings, steps, encodes, branches, nullTextPerFrame = null } = terms;
  const { unet, vae, textEncoder } = model.checkpoint;
  const [h, w] = [height / model.vae.downscale, width / model.vae.downscale];
  const sites = planSites(model, settings.compat, h, w);
  const options = {
    ...{ attend: settings.attend, groupNorm: settings.groupNorm, temporal: true },
    ...{ textLength: model.tokenizer.maxLength, wordMapSites: sites.maps },
  };
  const levels = 2 ** (model.unet.channels.length - 1);
  const atOnce = framesAtOnce({ ...model, chunk: terms.chunk ?? model.chunk }, settings, frames);
  const latents = { frames: atOnce, height: h / levels, width: w / levels };
  const images = { images: Math.min(frames, imagesPerRun(width, height)), height: h, width: w };
  const { encoder, decoder } = vaeGraphs(vae);
  const keptBytes = sourceStateBytes(model, sites, { steps, frames, height: h, width: w });
  const keptSource = keptBytes > 0;
  const arena = {
    encoder: encodes ? ARENA * liveBytes(encoder, images) : 0,
    plain: ARENA * liveBytes(plainUNet(unet, options), { ...latents, branches: 1 }),
    fused:
      branches === null
        ? 0
        : ARENA *
          liveBytes(
            fusedUNet(unet, options, {
              self: "masked",
              fuses: ({ path }) => sites.fused.has(path),
              unconditional: branches === 3,
              keptSource,
            }),
            latents,
          ),
    nullText:
      nullTextPerFrame === null
        ? 0
        : GRADIENT_ARENA[memory] *
          liveBytes(
            nullTextUNet(
              unet,
              { ...options, textPerFrame: nullTextPerFrame },
              { checkpointing: memory === "lowMemory" },
            ),
            // What a text is optimised for is the whole clip.
            { ...latents, frames },
          ),
    decoder: branches === null ? 0 : ARENA * liveBytes(decoder, images),
  };
  const weights = weightBytes(unet);
  const loading = LOADING[memory] * weights;
  const isLarge = model.unetBytes > KEEP_OPEN_BYTES;

  const latentBytes = 8 * (steps + 1) * frames * model.vae.latentChannels * h * w;
  const stateBytes = latentBytes + (branches === null ? 0 : keptBytes);
  const own = PROGRAM_BYTES + stateBytes + PIXEL_BYTES * frames * width * height;
  const before = own + weightBytes(vae) + weightBytes(textEncoder) + arena.encoder;
  const inverting = Math.max(loading, weights + arena.plain);
  const editing = Math.max(loading, weights + arena.fused);
  const optimizing = Math.max(loading, weights + arena.nullText);
  const forms = [
    inverting,
    ...(nullTextPerFrame === null ? [] : [optimizing]),
    ...(branches === null ? [] : [editing]),
  ];
  // A large model is closed before it is opened in another form; a small one stays open in all.
  const unets = isLarge ? Math.max(...forms) : forms.reduce((sum, bytes) => sum + bytes, 0);
  const last = branches === null ? 0 : (isLarge ? editing : unets) + arena.decoder;
  return before + Math.max(unets, last);
}
