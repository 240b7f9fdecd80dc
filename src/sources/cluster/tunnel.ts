import type { Duplex } from "node:stream";
import { type ApiClient, ApiError } from "./api-client.ts";
import { CredentialsError } from "./credentials.ts";
import type { OpenTunnel, PodName } from "./port-forward.ts";

export type TunnelClient = Pick<ApiClient, "upgrade" | "webSocket">;

type Way = (client: TunnelClient, path: string) => Promise<Duplex>;

const PROTOCOL = "portforward.k8s.io";

/** SPDY in the messages of a WebSocket: from Kubernetes 1.31 on, and through proxies that only understand HTTP. */
const inWebSocket: Way = (client, path) => client.webSocket(path, `SPDY/3.1+${PROTOCOL}`);

const bySpdy: Way = (client, path) =>
  client.upgrade(path, { upgrade: "SPDY/3.1", "x-stream-protocol-version": PROTOCOL });

function tunnelPath({ namespace, name }: PodName): string {
  return `/api/v1/namespaces/${namespace}/pods/${name}/portforward`;
}

/**
 * Opens tunnels in a way that the server supports. A WebSocket is tried first; if it is refused for whatever reason,
 * plain SPDY is tried, as in kubectl: servers without support refuse in different ways, and the two need different
 * rights (get and create). What worked last is tried first from then on.
 */
export function tunnelOpener(client: TunnelClient): OpenTunnel {
  let ways: readonly [Way, Way] = [inWebSocket, bySpdy];
  return async (pod) => {
    const path = tunnelPath(pod);
    const [first, other] = ways;
    try {
      return await first(client, path);
    } catch (refusal) {
      if (!(refusal instanceof ApiError))
        throw refusal instanceof CredentialsError ? refusal : unreachable(refusal as Error);
      const carrier = await other(client, path).catch((error) => {
        throw error instanceof ApiError ? error : refusal;
      });
      ways = [other, first];
      return carrier;
    }
  };
}

/** In words of its own: a server that refuses connections must not be taken for a pod that does. */
function unreachable(cause: Error): Error {
  return new Error(`the API server can't be reached: ${cause.message}`, { cause });
}
