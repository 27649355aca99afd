import { FateZeroError } from "../../errors.ts";

/** Text with nothing in it that a terminal would obey, or that turns the direction of writing. */
export function printable(text: string): string {
  return text.replace(/\p{C}/gu, "\ufffd");
}

/** Text out of a file as messages show it: quoted, printable, not longer than a line. */
export function quoted(text: string): string {
  return printable(JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text));
}

/** The file is damaged, or was never a PyTorch file. */
export function corrupt(file: string, cause: string, options?: ErrorOptions): FateZeroError {
  return new FateZeroError(
    "torch-corrupt",
    `${file} is not a sound PyTorch file: ${cause}.`,
    "Download the file again.",
    options,
  );
}

/** The file asks for code to be run. */
export function unsafe(file: string, what: string): FateZeroError {
  return new FateZeroError(
    "torch-unsafe",
    `${file} ${what}, which no file of weights needs: it may be malicious. Nothing in it was run.`,
    "Use the .safetensors file of this model, or one from a source that you trust.",
  );
}

/** The file is sound, but of a kind that is not read. */
export function unsupported(file: string, what: string): FateZeroError {
  return new FateZeroError(
    "torch-unsupported",
    `${file} ${what}, which this program does not read.`,
    "Use the .safetensors file of this model.",
  );
}

/** The file would take more memory or time than a file of weights may. */
export function tooLarge(file: string, what: string): FateZeroError {
  return new FateZeroError("torch-too-large", `${file} ${what}.`, "Use the .safetensors file of this model.");
}
