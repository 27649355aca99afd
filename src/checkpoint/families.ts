const FAMILIES: Readonly<Record<number, string>> = {
  768: "Stable Diffusion 1.x",
  1024: "Stable Diffusion 2.x",
  1280: "Stable Diffusion XL's second text encoder",
  2048: "Stable Diffusion XL",
};

/** Which models have a text that is so many values a token wide. */
export function familyOfWidth(width: number): string {
  return FAMILIES[width] ?? "another model";
}
