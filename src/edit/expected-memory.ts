import { type DeepForm, fusedUNet, nullTextUNet, plainUNet } from "../attention/index.ts";
import { asComputed, type Graph, liveBytes, type Sizes } from "../graph/index.ts";
import { vaeGraphs } from "../model/index.ts";
import {
  type Chunk,
  framesAtOnce,
  imagesPerRun,
  isLarge,
  type MethodSettings,
  type Model,
  openBytes,
  planSites,
} from "../pipeline/index.ts";
import type { MemoryMode } from "../runtime/index.ts";
import { DEEP_LEVEL, featureBytes } from "./reuse-deep.ts";
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
  /** Parts of the picture with a target prompt each. @default 0 */
  readonly regions?: number;
  /** Whether there are fused steps without guidance beside those with it, which are of another form of the UNet. @default false */
  readonly unguided?: boolean;
  /** Whether there are steps that run the UNet's shallow part alone. @default false */
  readonly reusesDeep?: boolean;
  /** Whether a person drew what may change, so that masks of every frame are held. @default false */
  readonly drawn?: boolean;
  /** Whether the inversion keeps the source's hidden states for the edit, where it may. @default true, with memory `lowMemory` false */
  readonly keepsSource?: boolean;
  /** Whether each frame gets a text of its own in null-text inversion; null where there is none. @default null */
  readonly nullTextPerFrame?: boolean | null;
}

/** Node, ONNX Runtime and this program, in both processes. */
const PROGRAM_BYTES = 340e6;
/**
 * What is asked of the system for activations, of what is alive of them at a time (`npm run bench:memory`, `bench:large`): an
 * arena asks for more, and keeps it; without one it is what is alive and what kernels use inside.
 */
const ARENA = { fast: 2.7, lowMemory: 1.15 } as const;
/** The same for a graph with gradients; where blocks are computed again much is held shortly, in many sizes. */
const GRADIENT_ARENA = { fast: 3, lowMemory: 6.6 } as const;
/**
 * Bytes for a pixel of a frame beside the process that computes: 8-bit frames of the clip, of the result, and of the result before the
 * source's pixels took their place; and of as many frames as are on their way before memory is given back, their floats
 * (`npm run bench:long -- --pixels`).
 */
const PIXEL_BYTES = 9;
const FLOAT_BYTES = 36;
/** The same where a person drew: the mask as it was given and as it fits, what is left open, and where the result may differ. */
const DRAWN_BYTES = 16;
const ON_THEIR_WAY = 16;

/** Bytes of `expectedMemory` that are the machine's own wherever the model is computed: both programs, pixels, latents and states. */
export function hostBytes(
  model: Model,
  terms: MemoryTerms,
  memory: MemoryMode = model.engine.memory,
): number {
  const { frames, width, height, settings, steps, branches, reusesDeep = false, drawn = false } = terms;
  const [h, w] = [height / model.vae.downscale, width / model.vae.downscale];
  const sites = planSites(model, settings.compat, h, w);
  const latentBytes = 8 * (steps + 1) * frames * model.vae.latentChannels * h * w;
  const keepsSource = branches !== null && (terms.keepsSource ?? memory === "fast");
  const keptBytes = keepsSource ? sourceStateBytes(model, sites, { steps, frames, height: h, width: w }) : 0;
  const deepBytes =
    branches !== null && reusesDeep
      ? featureBytes(model.unet.channels, { branches, frames, height: h, width: w })
      : 0;
  const framePixels = (PIXEL_BYTES + (drawn ? DRAWN_BYTES : 0)) * frames;
  const pixelBytes = (framePixels + FLOAT_BYTES * Math.min(frames, ON_THEIR_WAY)) * width * height;
  return PROGRAM_BYTES + latentBytes + keptBytes + deepBytes + pixelBytes;
}

/**
 * Bytes of memory that an inversion, its null-text inversion (if any) and (with `branches`) an edit take at their
 * highest, both processes together, by the shapes of the model's graphs and the order in which they are opened and run. Nothing is computed. A
 * rough figure: within a fifth of what two steps take (bench/NOTES.md), but two thirds of the peak of fifty (`npm run bench:memory`).
 */
export function expectedMemory(
  model: Model,
  terms: MemoryTerms,
  memory: MemoryMode = model.engine.memory,
): number {
  const { frames, width, height, settings, steps, encodes, branches } = terms;
  const { nullTextPerFrame = null, unguided = false, reusesDeep = false } = terms;
  const { device, lowering } = model.engine;
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
  const arenaOf = (graph: Graph, sizes: Sizes, factor: number = ARENA[memory]): number =>
    factor * liveBytes(asComputed(graph, lowering, device), sizes);
  const encoding = encodes ? arenaOf(encoder, images) : 0;
  const decoding = branches === null ? 0 : arenaOf(decoder, images);
  const fused = (guided: boolean, form: DeepForm | null = null): Graph =>
    fusedUNet(unet, options, {
      self: "masked",
      fuses: ({ path }) => sites.fused.has(path),
      unconditional: guided,
      regions: terms.regions ?? 0,
      keptSource: keptBytes > 0,
      form,
    });
  /** The shallow part's, which stays open beside the whole. */
  const beside =
    branches !== null && reusesDeep
      ? arenaOf(fused(branches === 3, { level: DEEP_LEVEL, reuses: true }), latents)
      : 0;
  /** What each form of the UNet that is run takes beside its weights. */
  const forms = [
    arenaOf(plainUNet(unet, options), { ...latents, branches: 1 }),
    ...(branches === null ? [] : [arenaOf(fused(branches === 3), latents) + beside]),
    ...(branches === 3 && unguided ? [arenaOf(fused(false), latents)] : []),
    ...(nullTextPerFrame === null
      ? []
      : [
          arenaOf(
            nullTextUNet(
              unet,
              { ...options, textPerFrame: nullTextPerFrame },
              { checkpointing: memory === "lowMemory" },
            ),
            latents,
            GRADIENT_ARENA[memory],
          ),
        ]),
  ];
  const [ofUnet, ofVae, ofText] = [unet, vae, textEncoder].map((part) =>
    openBytes(part, memory, model.engine),
  );
  const unets = forms.map((arena) => Math.max(ofUnet!.opening, ofUnet!.open + arena));

  const own = hostBytes(model, terms, memory);
  if (isLarge(model.unetBytes)) {
    // The others are closed before the UNet is opened, and another form of it too; then the VAE is opened beside it.
    const kept = memory === "fast" ? Math.max(...unets) : ofUnet!.open;
    return own + Math.max(ofVae!.open + encoding, ...unets, kept + ofVae!.open + decoding);
  }
  const others = own + ofVae!.open + ofText!.open;
  // A small one stays open in all forms, and keeps what its arenas were given.
  const sum = (all: readonly number[]): number => all.reduce((total, bytes) => total + bytes, 0);
  if (memory === "fast") return others + encoding + sum(unets) + decoding;
  return others + forms.length * ofUnet!.open + Math.max(encoding, ...forms, decoding);
}
