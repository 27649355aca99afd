import { createServer, request } from "node:http";
import { type AddressInfo, connect } from "node:net";

/** A proxy on loopback: passes requests on, and leads tunnels. */
export interface TestProxy {
  readonly port: number;
  /** What it was asked for, in order: `GET http://…`, `CONNECT host:port`. */
  readonly log: readonly string[];
  close(): Promise<void>;
}

/** Starts a proxy; with `user` (`name:password`) it asks for that, with `status` it refuses everything so. */
export async function startProxy(
  options: { readonly user?: string; readonly status?: number } = {},
): Promise<TestProxy> {
  const { user, status } = options;
  const log: string[] = [];
  const wanted = user === undefined ? undefined : `Basic ${Buffer.from(user).toString("base64")}`;
  const refusalOf = (authorization: string | undefined): number | undefined =>
    status ?? (wanted !== undefined && authorization !== wanted ? 407 : undefined);
  const server = createServer((asked, answer) => {
    log.push(`${asked.method} ${asked.url}`);
    const { "proxy-authorization": authorization, ...headers } = asked.headers;
    const refused = refusalOf(authorization);
    if (refused !== undefined) return void answer.writeHead(refused).end();
    const onward = request(asked.url!, { method: asked.method, headers }, (reply) => {
      answer.writeHead(reply.statusCode!, reply.headers);
      reply.pipe(answer);
    });
    onward.on("error", () => answer.writeHead(502).end());
    asked.pipe(onward);
  });
  server.on("connect", (asked, socket) => {
    log.push(`CONNECT ${asked.url}`);
    const refused = refusalOf(asked.headers["proxy-authorization"]);
    if (refused !== undefined) return void socket.end(`HTTP/1.1 ${refused} No\r\n\r\n`);
    const { hostname, port } = new URL(`http://${asked.url}`);
    const onward = connect(Number(port), hostname, () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      onward.pipe(socket).pipe(onward);
    });
    onward.on("error", () => socket.end("HTTP/1.1 502 No\r\n\r\n"));
    socket.on("error", () => onward.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    log,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
