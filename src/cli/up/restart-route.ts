import { json } from "node:stream/consumers";
import { type ControlRoute, sendJson } from "../../control/route.ts";
import type { Engine } from "../../engine/engine.ts";

export const RESTART_ROUTE = "/v1/restart";

/** The pods to start again. */
export interface RestartRequest {
  readonly namespace: string;
  readonly pods: readonly string[];
}

export interface RestartReply {
  /** Whether each came up again. */
  readonly done: boolean;
}

/** Starts local pods again, one at a time, and answers when all have been. */
export function restartRoute(engine: Engine): ControlRoute {
  return {
    method: "POST",
    path: RESTART_ROUTE,
    async handle(_subject, request, response) {
      const { namespace, pods } = (await json(request)) as RestartRequest;
      const done = await engine.restartPods(
        ({ metadata }) => metadata.namespace === namespace && pods.includes(metadata.name),
      );
      const reply: RestartReply = { done };
      sendJson(response, 200, reply);
    },
  };
}
