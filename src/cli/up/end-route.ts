import { type ControlRoute, sendJson } from "../../control/route.ts";

export const END_PATH = "/v1/end";

/** Lets `kubelane down` end this `up`, on systems too that have no signals to send. */
export function endRoute(end: () => void): ControlRoute {
  return {
    method: "POST",
    path: END_PATH,
    handle(_subject, _request, response) {
      response.once("finish", end);
      sendJson(response, 200, {});
    },
  };
}
