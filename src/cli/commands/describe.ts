import type { Described } from "../../job/describe.ts";
import type { Answer } from "../terminal/session.ts";

/** A description as the sentence alone, for `-s "$(fatezero describe clip.mp4)"`; for programs all that is known of it. */
export function descriptionAnswer(described: Described): Answer {
  return { text: described.caption, data: described };
}
