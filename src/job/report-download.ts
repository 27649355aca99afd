import type { HubEvent } from "../hub/index.ts";
import type { Report } from "./events.ts";

/** Reports what the hub tells while it has a model downloaded. */
export function reportDownload(report: Report): (event: HubEvent) => void {
  return (event) => {
    switch (event.type) {
      case "download": {
        const { file, bytes, total } = event;
        return report({ type: "download", file, bytes, total });
      }
      case "waiting":
        return report({
          type: "fact",
          name: "model",
          text: `${event.id} is being downloaded by another process: waiting for it`,
        });
      case "warning":
        return report(event);
    }
  };
}
