import { checkSchedule } from "../diffusion/index.ts";
import type { CheckFiles, SnapshotKind } from "../hub/index.ts";
import { blipConfig, clipConfig, clipTextConfig, unetConfig, vaeConfig } from "../model/index.ts";

/** Refuses, by its configurations alone, a model of the hub that this program does not compute. */
export function checkConfigs(id: string, kind: SnapshotKind): CheckFiles {
  return (files) => {
    const component = (folder: string) => {
      const config = files[folder === "" ? "config.json" : `${folder}/config.json`];
      const label = folder === "" ? id : `${id}/${folder}`;
      return config && { label, config, weights: new Map() };
    };
    const scheduler = files["scheduler/scheduler_config.json"];
    if (kind === "pipeline" && scheduler) checkSchedule(scheduler, `${id}/scheduler/scheduler_config.json`);
    const unet = component("unet");
    const text = component("text_encoder");
    const vae = component("vae") ?? component("");
    if (kind === "pipeline" && unet) unetConfig(unet);
    if (kind === "pipeline" && text) clipTextConfig(text);
    if (kind === "captioner") {
      const blip = component("");
      if (blip) blipConfig(blip);
    } else if (kind === "clip") {
      const clip = component(files["clip/config.json"] ? "clip" : "");
      if (clip) clipConfig(clip);
    } else if (vae) vaeConfig(vae);
  };
}
