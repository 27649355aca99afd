/** What is optimised by the gradients of the UNet. */
export { type NullTextOptions, nullText, nullTextGuidance } from "./null-text/index.ts";
