import type { ServerHttp2Stream } from "node:http2";
import type { EchoPlace } from "./echo.ts";

const HEALTH = "/grpc.health.v1.Health/";
const UNIMPLEMENTED = 12;

/** A HealthCheckResponse with status SERVING, as a message of gRPC: not compressed, two bytes. */
const SERVING = Buffer.from([0, 0, 0, 0, 2, 0x08, 1]);

export function isGrpc(contentType: string | undefined): boolean {
  return contentType?.startsWith("application/grpc") === true;
}

/** Answers gRPC's health protocol, and every other method as unimplemented. */
export function answerGrpc(stream: ServerHttp2Stream, path: string, place: EchoPlace): void {
  const headers = { ":status": 200, "content-type": "application/grpc" };
  stream.resume();
  if (path === `${HEALTH}Watch`) {
    stream.respond(headers);
    // A second message would report a change, and there never is one.
    stream.write(SERVING);
    return;
  }
  if (path === `${HEALTH}Check`) {
    stream.respond(headers, { waitForTrailers: true });
    stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.end(SERVING);
    return;
  }
  const message = `pod ${place.namespace}/${place.pod} is a stub of kubelane: it answers health checks alone`;
  stream.respond(
    { ...headers, "grpc-status": UNIMPLEMENTED, "grpc-message": message },
    { endStream: true },
  );
}
