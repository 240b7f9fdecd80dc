import { Agent } from "node:http";
import { json } from "node:stream/consumers";
import type { LocalAddress } from "../proxy/local-address.ts";
import type { Reach } from "../proxy/reach.ts";
import { askEngine, wholeAnswer } from "./request.ts";
import { type ControlRoute, sendJson } from "./route.ts";

const REACH_PATH = "/v1/pods/reach";

/** The address to connect to, or the error of connecting to the pod. */
type Answer = { readonly host: string } | { readonly error: ConnectFailure };

type ConnectFailure = Pick<NodeJS.ErrnoException, "code" | "errno" | "syscall" | "message"> &
  Partial<Record<"address" | "port", unknown>>;

/** Opens a connection to a port of a pod that has a network of its own, for another process of this machine. */
export function reachRoute(reach: Reach): ControlRoute {
  return {
    method: "POST",
    path: REACH_PATH,
    async handle(_subject, request, response) {
      const place = (await json(request)) as LocalAddress;
      const answer: Answer = await reach(place).then(
        (host) => ({ host }),
        (error: ConnectFailure) => {
          const { code, errno, syscall, message, address, port } = error;
          return { error: { code, errno, syscall, message, address, port } };
        },
      );
      sendJson(response, 200, answer);
    },
  };
}

/** The client of this route. It keeps no process alive. */
export function reachThrough(socketPath: string): Reach {
  // Idle connections of an agent don't keep a process alive.
  const agent = new Agent({ keepAlive: true });
  return async (place) => {
    const how = { method: "POST", agent };
    const answer = JSON.parse(
      await wholeAnswer(await askEngine(socketPath, REACH_PATH, how, JSON.stringify(place))),
    ) as Answer;
    if ("host" in answer) return answer.host;
    throw Object.assign(new Error(answer.error.message), answer.error);
  };
}
