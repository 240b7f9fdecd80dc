import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import type { ProbeHandler } from "../objects/pod.ts";
import type { LocalAddress } from "../proxy/local-address.ts";
import {
  type Check,
  type CheckResult,
  type CheckTarget,
  connectFailure,
  dialTarget,
} from "./check.ts";

type HttpGet = NonNullable<ProbeHandler["httpGet"]>;

const MAX_REDIRECTS = 10;

/** Succeeds on a status from 200 to 399, as the kubelet's; redirects on the same host are followed. */
export function httpCheck(get: HttpGet, target: CheckTarget): Check {
  const { addresses, label } = target;
  return async (signal) => {
    let failure: NodeJS.ErrnoException | undefined;
    for (const address of addresses) {
      try {
        return { ...(await follow(get, target, address, signal)), address };
      } catch (error) {
        failure ??= error as NodeJS.ErrnoException;
        if (failure.code !== "ECONNREFUSED") break;
      }
    }
    return signal.aborted
      ? { ok: false, message: `no answer to GET ${pathOf(get)} on ${label} in time` }
      : connectFailure(failure, label);
  };
}

async function follow(
  get: HttpGet,
  target: CheckTarget,
  address: LocalAddress,
  signal: AbortSignal,
): Promise<CheckResult> {
  const { label } = target;
  let path = pathOf(get);
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const { status, location } = await fetchHead(get, target, address, path, signal);
    if (status < 200 || status >= 400) {
      return { ok: false, message: `GET ${path} on ${label} answered ${status}` };
    }
    const next = status >= 300 ? redirect(path, location) : undefined;
    if (next === undefined) return { ok: true };
    path = next;
  }
  return { ok: false, message: `GET ${pathOf(get)} on ${label} redirects without end` };
}

/** The path of a redirect within the host; undefined for one that leads elsewhere, which counts as success. */
function redirect(from: string, location: string | undefined): string | undefined {
  if (location === undefined) return undefined;
  const base = new URL(from, "http://pod.invalid");
  let to: URL;
  try {
    to = new URL(location, base);
  } catch {
    return undefined;
  }
  return to.origin === base.origin ? `${to.pathname}${to.search}` : undefined;
}

function fetchHead(
  get: HttpGet,
  target: CheckTarget,
  address: LocalAddress,
  path: string,
  signal: AbortSignal,
): Promise<{ status: number; location: string | undefined }> {
  return new Promise((resolve, reject) => {
    const headers: Record<string, string> = { "user-agent": "kube-probe/1.34", accept: "*/*" };
    for (const { name, value } of get.httpHeaders ?? []) headers[name.toLowerCase()] = value;
    const isSecure = get.scheme === "HTTPS";
    const createConnection = (): Duplex => {
      const socket = dialTarget(target, address);
      // The kubelet does not verify certificates either: a pod is probed by address.
      return isSecure ? connectTls({ socket, rejectUnauthorized: false }) : socket;
    };
    const { host, port } = address;
    const options = { host, port, path, headers, signal, createConnection };
    const answered = (response: IncomingMessage): void => {
      response.resume();
      response.on("error", () => {});
      resolve({ status: response.statusCode ?? 0, location: response.headers.location });
      response.destroy();
    };
    const request = (isSecure ? httpsRequest : httpRequest)(options, answered);
    request.on("error", reject);
    request.end();
  });
}

function pathOf({ path = "/" }: HttpGet): string {
  return path.startsWith("/") ? path : `/${path}`;
}
