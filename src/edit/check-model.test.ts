/** Versions of a model's weights, with a real inversion that the weights before version 2 of tinytown made. */
import { expect, test } from "vitest";
import { fixture } from "../../test/support/fixtures.ts";
import { loadInversion } from "../job/inversion-file.ts";
import { loadModel } from "../pipeline/index.node.ts";
import { checkModel } from "./check-model.ts";
import type { Inversion } from "./inversion.ts";

const model = await loadModel("tinytown");
const old = await loadInversion(fixture("inversions/tinytown-1.safetensors"));
const madeBy = (made: Partial<Inversion["model"]>): Inversion => ({
  ...old,
  model: { ...old.model, ...made },
});

test("an inversion of tinytown's first weights is told to be that, whatever the model was called", () => {
  expect(() => checkModel(model, old)).toThrow(
    "The inversion was made with an older version of tinytown (1, this is 2). Invert the video again.",
  );
  expect(() => checkModel(model, madeBy({ name: "models/tinytown" }))).toThrow(
    "older version of tinytown (1,",
  );
});

test("one of weights that the folder does not list goes by its number, and by its name where it has none", () => {
  const of = (made: Partial<Inversion["model"]>) => () =>
    checkModel(model, madeBy({ fingerprint: "0", ...made }));
  expect(of({})).toThrow("an older version of tinytown (without a number, this is 2)");
  expect(of({ version: 3 })).toThrow("a newer version of tinytown (3, this is 2)");
  expect(of({ version: 2 })).toThrow(
    'made with the model "tinytown"; this is "tinytown", with other weights',
  );
  expect(of({ name: "other" })).toThrow('made with the model "other"');
});

test("a model without a version knows of none", () => {
  const plain = { ...model, checkpoint: { ...model.checkpoint, settings: null } };
  expect(() => checkModel(plain, old)).toThrow('this is "tinytown", with other weights');
});
