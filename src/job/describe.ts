import type { Captioner, Description } from "../pipeline/index.ts";
import type { DescribeRequest } from "../request/index.ts";
import { asPhase } from "./as-phase.ts";
import { countFrames } from "./clip-frames.ts";
import { type Input, openInput } from "./input.ts";
import { DEFAULT_MODEL } from "./open-model.ts";
import type { Session } from "./session.ts";
import { describeClip, openCaptioner } from "./source-caption.ts";
import { usageError } from "./usage.ts";

/** A clip's description, and what made it. */
export interface Described extends Pick<Description, "caption" | "candidates"> {
  readonly input: string;
  readonly captioner: string;
  readonly kind: Captioner["kind"];
}

/** `fatezero describe`: says in a sentence what a clip shows. */
export async function describeJob(request: DescribeRequest, session: Session): Promise<Described> {
  const open = async (): Promise<Input> => {
    const opened = await openInput(request.input);
    if (opened.kind === "clip") await countFrames(opened.path, request, session.signal);
    return opened;
  };
  const input = await asPhase(session.report, "open", open, request.input);
  if (input.kind === "inversion")
    throw usageError(
      `"${input.path}" is a saved inversion, whose sentence is "${input.inversion.prompt}".`,
      "To have its video described, name the video.",
    );
  const captioner = await openCaptioner(request.model ?? DEFAULT_MODEL, session, { device: request.device });
  const { caption, candidates } = await describeClip(captioner, input, request, session);
  return { input: request.input, captioner: captioner.name, kind: captioner.kind, caption, candidates };
}
