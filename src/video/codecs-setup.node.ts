import * as server from "@mediabunny/server";
import * as mediabunny from "mediabunny";
import * as av from "node-av";
import { safeDecoder } from "./decoder.node.ts";
import { steadyEncoder } from "./encoder.node.ts";

/** FFmpeg's decoders behind mediabunny's interface. */
const Decoder = safeDecoder(mediabunny, server, av);

// Loaded once (a module's body runs once), and only through `loadCodecs`. The first one registered is used.
mediabunny.registerDecoder(Decoder);
mediabunny.registerEncoder(steadyEncoder(mediabunny, av));
// Software codecs only: probing for hardware writes to stderr and makes results depend on the machine.
server.registerMediabunnyServer({ hardwareContext: null });
// What goes wrong is thrown; the codecs' own lines on stderr would only hide it.
av.Log.setLevel(av.AV_LOG_QUIET);
mediabunny.Logging.level = mediabunny.LogLevel.Silent;

export { av, Decoder, mediabunny, server };
