/** What every kind of VAE says of itself. */
export interface VaeConfig {
  /** diffusers' name of the architecture. */
  readonly kind: "AutoencoderKL" | "AutoencoderTiny";
  readonly imageChannels: number;
  readonly latentChannels: number;
  /** Latents are what the encoder gives times this. */
  readonly scalingFactor: number;
  /** Image pixels along one side of a latent pixel. */
  readonly downscale: number;
}

/** Red, green and blue. */
export const IMAGE_CHANNELS = 3;
