import { readFileSync } from "node:fs";
import { describe } from "../src/pipeline/captioner.ts";
import { createFormCaptioner } from "../src/pipeline/form-captioner.ts";
import { loadClip, loadModel } from "../src/pipeline/index.node.ts";
import { readVideo } from "../src/video/index.node.ts";

const imgs = JSON.parse(readFileSync("/tmp/imgs.json", "utf8"));
const model = await loadModel("tinytown", { threads: 2 });
const clip = await loadClip("tinytown", { threads: 2 });
const c = createFormCaptioner(model, model.checkpoint.settings!.captions!, process.env.NOCLIP ? null : clip);
let ok = 0,
  n = 0;
for (const im of imgs) {
  const v = await readVideo("/work/shared/clips/" + im.d + "/" + im.f);
  const t = Date.now();
  const d = await describe(c, v);
  n++;
  if (d.caption === im.prompt) ok++;
  console.log(
    d.caption === im.prompt ? "ok" : "BAD",
    im.d + "/" + im.f,
    d.caption === im.prompt ? "" : "|" + im.prompt,
    "|" +
      d.candidates
        .slice(0, 3)
        .map((x) => x.text + " " + x.score.toFixed(4))
        .join("; "),
    Date.now() - t + "ms",
  );
}
console.log(ok, n);
await model.close();
await clip.close();
