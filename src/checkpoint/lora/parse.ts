import { FateZeroError } from "../../errors.ts";

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * Reads a LoRA as the command line names it: `FILE` or `FILE:SCALE`. The scale stands behind the last colon, if that is
 * a number; other colons belong to the path (`C:\style.safetensors`). Throws FateZeroError `bad-lora` without a file.
 *
 * @example
 * parseLora("style.safetensors:0.8"); // { path: "style.safetensors", scale: 0.8 }
 */
export function parseLora(text: string): { readonly path: string; readonly scale: number } {
  const at = text.lastIndexOf(":");
  const tail = text.slice(at + 1).trim();
  const scale = at >= 0 && NUMBER.test(tail) ? Number(tail) : null;
  const path = scale === null ? text : text.slice(0, at);
  if (path.trim() !== "" && (scale === null || Number.isFinite(scale))) return { path, scale: scale ?? 1 };
  throw new FateZeroError(
    "bad-lora",
    `"${text}" names no LoRA file.`,
    "Write FILE or FILE:SCALE, such as style.safetensors:0.8.",
  );
}
