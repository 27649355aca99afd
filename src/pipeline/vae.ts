import { type Component, configFileOf } from "../checkpoint/index.ts";
import { FateZeroError } from "../errors.ts";
import { type VaeConfig, vaeConfig, vaeGraphs } from "../model/index.ts";
import { say, the } from "../say.ts";
import type { Model } from "./model.ts";

/** A VAE by itself, to show latents with that another one decodes in the end. Nothing of it is loaded before it is used. */
export interface Vae {
  readonly name: string;
  /** @internal */
  readonly component: Component;
  /** @internal */
  readonly config: VaeConfig;
}

/** What decodes latents of a model. */
export interface LatentDecoder extends Pick<Model, "openDecoder" | "vae"> {
  /** Frees what only this decoder takes. */
  close(): Promise<void>;
}

/** Throws FateZeroError on a VAE that this program does not compute. */
export function createVae(name: string, component: Component): Vae {
  return { name, component, config: vaeConfig(component) };
}

/** Throws FateZeroError `checkpoint-mismatch` where a VAE has other latents than a model. */
export function checkVae(model: Model, { component, config }: Vae): void {
  if (config.latentChannels === model.vae.latentChannels && config.downscale === model.vae.downscale) return;
  const latents = ({ latentChannels, downscale }: VaeConfig): string =>
    `${latentChannels} channels of ${downscale} pixels`;
  throw new FateZeroError(
    "checkpoint-mismatch",
    `${configFileOf(component)} is of a VAE for latents of ${latents(config)}, but the model's have ${latents(model.vae)}.`,
    say`Give ${the("liveVae")} one that was made for such models.`,
  );
}

/** The decoder of a VAE beside a model's own, in the process that computes the model. */
export function decoderOf(model: Model, { component, config }: Vae): LatentDecoder {
  const name = `decoder of ${component.label}`;
  return {
    vae: config,
    openDecoder: (signal) => model.sessions.open(name, () => vaeGraphs(component).decoder, signal),
    close: () => model.sessions.close(name),
  };
}
