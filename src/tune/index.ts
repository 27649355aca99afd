/** What is optimised by the gradients of the UNet. */
export { type NullTextOptions, nullText } from "./null-text/index.ts";
