import { readFile } from "node:fs/promises";
import { cleanToken, type HubSettings } from "./settings.ts";

/** A token and where it comes from, for messages. */
export interface Token {
  readonly value: string;
  readonly source: string;
}

/** The user's token: of the environment, else of the file that `hf auth login` writes. Null where there is none. */
export async function readToken({ token, tokenFile }: HubSettings): Promise<Token | null> {
  if (token) return { value: token, source: "HF_TOKEN" };
  if (!tokenFile) return null;
  const value = cleanToken(await readFile(tokenFile, "utf8").catch(() => undefined));
  return value === null ? null : { value, source: tokenFile };
}
