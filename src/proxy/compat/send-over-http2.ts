import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from "node:http2";
import type { Picked } from "../../balancer/choice.ts";
import { isHopByHop } from "../hop-by-hop.ts";
import { isFinalStatus } from "../http2/fields.ts";
import { sendHeaders } from "../http2/send-headers.ts";
import type { CompatEngine } from "./compat-engine.ts";
import { ConnectError } from "./endpoint-agent.ts";
import { hasBody } from "./message-refusal.ts";

/**
 * Passes a request on to a pod that speaks HTTP/2 without TLS.
 * @throws ConnectError when there is no connection; an Error when the pod broke off.
 */
export async function sendOverHttp2(
  engine: CompatEngine,
  req: IncomingMessage,
  res: ServerResponse,
  picked: Picked,
): Promise<void> {
  const session = await new Promise<ClientHttp2Session>((resolve, reject) => {
    engine.sessions.take(picked.backend, (result) => {
      if (result instanceof Error) reject(new ConnectError(result));
      else resolve(result);
    });
  });
  if (res.destroyed) return;
  const body = hasBody(req);
  const stream = session.request(requestHeaders(req), {
    endStream: !body,
    waitForTrailers: body,
  });
  if (body) {
    stream.on("wantTrailers", () => {
      sendHeaders(stream, "sendTrailers", passedOn(req.trailers), engine.context.onError);
    });
    req.pipe(stream);
  }
  res.on("close", () => stream.close(constants.NGHTTP2_CANCEL));
  await receive(engine, req, res, stream);
}

function receive(
  engine: CompatEngine,
  req: IncomingMessage,
  res: ServerResponse,
  stream: ClientHttp2Stream,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let failure: Error | undefined;
    let ended = false;
    const { responseTime } = engine.context.limits;
    if (responseTime > 0) {
      const late = new Error(`no answer within ${responseTime} ms`);
      stream.setTimeout(responseTime, () => stream.destroy(late));
    }
    stream.on("response", (headers) => {
      stream.setTimeout(0);
      const status = Number(headers[":status"]);
      if (!isFinalStatus(status)) {
        stream.destroy(
          new Error(`it answered with the status ${status}, which HTTP does not know`),
        );
        return;
      }
      const passed = passedOn(headers);
      const cookie = engine.setCookies.get(req);
      if (cookie !== undefined) passed["set-cookie"] = [...(headers["set-cookie"] ?? []), cookie];
      if (engine.isLast(req)) passed["connection"] = "close";
      try {
        res.writeHead(status, passed);
        res.flushHeaders();
      } catch (error) {
        // Node refuses what cannot stand in a head.
        stream.destroy(error as Error);
      }
    });
    stream.on("trailers", (trailers) => {
      if (req.httpVersion !== "1.1") return;
      try {
        res.addTrailers(passedOn(trailers) as Record<string, string>);
      } catch (error) {
        stream.destroy(error as Error);
      }
    });
    stream.on("data", (chunk) => {
      if (!res.write(chunk)) stream.pause();
    });
    res.on("drain", () => stream.resume());
    stream.on("end", () => {
      ended = true;
    });
    stream.on("error", (error) => {
      failure = error;
    });
    stream.on("close", () => {
      if (ended && res.headersSent && stream.rstCode === constants.NGHTTP2_NO_ERROR) {
        res.end(resolve);
      } else if (res.destroyed && failure === undefined) {
        resolve();
      } else {
        if (!res.destroyed) engine.brokenOff.add(req);
        reject(failure ?? new Error("the stream was closed"));
      }
    });
  });
}

function requestHeaders(req: IncomingMessage): OutgoingHttpHeaders {
  const headers = passedOn(req.headers);
  delete headers["host"];
  headers[":method"] = req.method;
  headers[":scheme"] = "http";
  headers[":authority"] = req.headers.host;
  headers[":path"] = req.url;
  return headers;
}

function passedOn(headers: IncomingHttpHeaders | NodeJS.Dict<string>): OutgoingHttpHeaders {
  const passed: OutgoingHttpHeaders = Object.create(null);
  for (const name of Object.keys(headers)) {
    if (!name.startsWith(":") && !isHopByHop(name)) passed[name] = headers[name];
  }
  return passed;
}
