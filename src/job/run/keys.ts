import type { Session } from "../session.ts";

/** What to turn, in the words of a config. */
const KEY_OF: Readonly<Record<string, string>> = {
  "--size": "image_size",
  "--model": "pretrained_model_path",
  "--steps": "num_inference_steps",
  "--source": "dataset_config.prompt",
  "--mask-threshold": "blend_th",
  "--mask-words": "blend_words",
  "--latent-blend": "blend_latents",
  "--cross-steps": "cross_replace_steps",
  "--self-steps": "self_replace_steps",
  "--guidance": "guidance_scale",
  "--strength": "fatezero.strength (without compat)",
};

/** A session whose verdicts name keys where those of other commands name options. */
export function inKeys(session: Session): Session {
  return {
    ...session,
    report: (event) =>
      session.report(
        event.type === "verdict"
          ? { ...event, remedy: event.remedy.replace(/--[a-z-]+/g, (flag) => KEY_OF[flag] ?? flag) }
          : event,
      ),
  };
}
