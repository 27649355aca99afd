/** A value that was read, or what is wrong with its text: one sentence. */
export type Read<V> = { readonly value: V } | { readonly fault: string };

export const value = <V>(read: V): Read<V> => ({ value: read });
export const fault = (text: string): Read<never> => ({ fault: text });

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A number in digits, NaN for anything else. */
export function numberOf(text: string): number {
  return NUMBER.test(text.trim()) ? Number(text) : Number.NaN;
}

/** A text that is no option: of `-s -t "…"` the value was forgotten, and the next option would be taken for it. */
export function notAnOption(text: string): Read<string> {
  const isOption = /^(-[a-z]|--[a-z][a-z-]*)$/.test(text);
  return isOption ? fault("That is an option: the value before it is missing.") : value(text);
}
