import { FateZeroError } from "../errors.ts";
import { readTextIfThere } from "../read-text.node.ts";
import { cleanToken, type HubSettings } from "./settings.node.ts";

/** A token and where it comes from, for messages. */
export interface Token {
  readonly value: string;
  readonly source: string;
}

/** The user's token: of the environment, else of the file that `hf auth login` writes. Null where there is none. */
export async function readToken({ token, tokenFile }: HubSettings): Promise<Token | null> {
  if (token) return checked({ value: token, source: "HF_TOKEN" });
  if (!tokenFile) return null;
  const value = cleanToken(await readTextIfThere(tokenFile));
  return value === null ? null : checked({ value, source: tokenFile });
}

/** A header holds visible ASCII only. The message does not say the token. */
function checked(token: Token): Token {
  if (/^[\x21-\x7e]+$/.test(token.value)) return token;
  throw new FateZeroError(
    "hub-token",
    `The access token in ${token.source} has blanks or characters that no token has.`,
    "Copy it again from the hub's settings, without quotes.",
  );
}
