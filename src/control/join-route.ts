import { json } from "node:stream/consumers";
import type { Membership, NetworkPlace } from "../network/membership.ts";
import { askEngine, firstLine, wholeAnswer } from "./request.ts";
import { type ControlRoute, sendJson } from "./route.ts";

const JOIN_PATH = "/v1/network/join";

/** A request to join the network of a running engine's pods. */
export interface JoinRequest {
  /** The namespace whose short names apply. */
  readonly namespace: string;
  /** The pod whose view it has, or which it enters. */
  readonly pod?: string | undefined;
  /** Whether it takes that pod's place, with its address. */
  readonly isPod?: boolean;
}

/** Reserves a place in the network until the client closes the request. */
export function joinRoute(
  join: (request: JoinRequest) => Promise<Membership | undefined>,
): ControlRoute {
  return {
    method: "POST",
    path: JOIN_PATH,
    async handle(_subject, request, response) {
      const place = await join((await json(request)) as JoinRequest);
      if (place === undefined) return sendJson(response, 200, null);
      const { leave, ...told } = place;
      response.on("close", () => void leave());
      response.writeHead(200, { "content-type": "application/x-ndjson" });
      response.write(`${JSON.stringify(told)}\n`);
    },
  };
}

/**
 * Asks a running engine for a place in the network of its pods.
 * @returns undefined where its pods have no network of their own.
 */
export async function joinThrough(
  socketPath: string,
  request: JoinRequest,
): Promise<Membership | undefined> {
  const response = await askEngine(
    socketPath,
    JOIN_PATH,
    { method: "POST" },
    JSON.stringify(request),
  );
  // The engine has no local pods, or is of an older version.
  if (response.statusCode === 404) {
    response.resume();
    return undefined;
  }
  if (response.statusCode !== 200) {
    const { error } = JSON.parse(await wholeAnswer(response)) as { readonly error: string };
    throw new Error(error);
  }
  const answer = JSON.parse(await firstLine(response)) as NetworkPlace | null;
  if (answer === null) return undefined;
  return { ...answer, leave: async () => void response.destroy() };
}
