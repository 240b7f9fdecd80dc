import { connect } from "node:http2";
import { hostPort } from "../net/host-port.ts";
import type { LocalAddress } from "../proxy/local-address.ts";
import {
  type Check,
  type CheckResult,
  type CheckTarget,
  connectFailure,
  dialTarget,
} from "./check.ts";

const PATH = "/grpc.health.v1.Health/Check";
/** HealthCheckResponse.ServingStatus */
const SERVING = 1;
const UNIMPLEMENTED = "12";

/** Succeeds when the gRPC health checking protocol answers SERVING for the service name (default: the empty one). */
export function grpcCheck(service: string, target: CheckTarget): Check {
  const { addresses, label } = target;
  return async (signal) => {
    let failure: NodeJS.ErrnoException | undefined;
    for (const address of addresses) {
      try {
        return { ...(await callHealth(service, target, address, signal)), address };
      } catch (error) {
        failure ??= error as NodeJS.ErrnoException;
        if (failure.code !== "ECONNREFUSED") break;
      }
    }
    return signal.aborted
      ? { ok: false, message: `no answer to a gRPC health check on ${label} in time` }
      : connectFailure(failure, label);
  };
}

function callHealth(
  service: string,
  target: CheckTarget,
  address: LocalAddress,
  signal: AbortSignal,
): Promise<CheckResult> {
  const { host, port } = address;
  const { label } = target;
  return new Promise((resolve, reject) => {
    const session = connect(`http://${hostPort(host, port)}`, {
      createConnection: () => dialTarget(target, address),
    });
    const finish = (settle: () => void): void => {
      signal.removeEventListener("abort", onAbort);
      settle();
      session.destroy();
    };
    // The stream's own error only says that it was cancelled; its cause says why.
    const fail = (error: Error): void => finish(() => reject(error.cause ?? error));
    const onAbort = (): void => fail(new Error("no answer in time"));
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    session.on("error", fail);
    const stream = session.request({
      ":method": "POST",
      ":path": PATH,
      "content-type": "application/grpc",
      te: "trailers",
      "user-agent": "kube-probe/1.34",
    });
    const chunks: Buffer[] = [];
    let grpcStatus: string | undefined;
    const readStatus = (headers: { readonly [name: string]: unknown }): void => {
      const value = headers["grpc-status"];
      if (value !== undefined) grpcStatus = String(value);
    };
    stream.on("response", readStatus);
    stream.on("trailers", readStatus);
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("error", fail);
    stream.on("end", () => {
      finish(() => resolve(verdict(grpcStatus, Buffer.concat(chunks), label)));
    });
    stream.end(requestFrame(service));
  });
}

function verdict(grpcStatus: string | undefined, body: Buffer, label: string): CheckResult {
  if (grpcStatus === UNIMPLEMENTED) {
    return { ok: false, message: `the server on ${label} has no gRPC health service` };
  }
  if (grpcStatus !== "0") {
    const said = grpcStatus === undefined ? "no gRPC" : `gRPC status ${grpcStatus}`;
    return { ok: false, message: `health check on ${label} answered ${said}` };
  }
  const status = servingStatus(body);
  return status === SERVING
    ? { ok: true }
    : {
        ok: false,
        message: `health check on ${label} answered serving status ${status}, not SERVING`,
      };
}

/** A length-prefixed HealthCheckRequest: field 1 is the service's name. */
function requestFrame(service: string): Buffer {
  const name = Buffer.from(service, "utf8");
  const message =
    name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a]), varint(name.length), name]);
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 0x7f) | 0x80);
  }
}

/** Field 1 of a HealthCheckResponse, an enum that fits one byte; 0 (UNKNOWN) when absent. */
function servingStatus(body: Buffer): number {
  const message = body.subarray(5);
  return message[0] === 0x08 ? (message[1] ?? 0) : 0;
}
