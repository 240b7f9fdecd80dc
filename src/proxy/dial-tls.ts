import { X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import tls from "node:tls";
import type { BackendTls } from "../routes/route-backend.ts";
import type { Dial } from "./dial.ts";
import { connectSocket } from "./transport/connect.ts";
import type { Connection } from "./transport/connection.ts";
import { SocketConnection } from "./transport/socket-connection.ts";

/** Over TLS, for callers that only pass bytes on. */
export function dialTlsConnection(
  settings: BackendTls,
  protocol: "http/1.1" | "h2",
): Dial<Connection> {
  const dial = dialTlsSocket(settings, protocol);
  return (dialer, target, redials, callback) =>
    dial(dialer, target, redials, (result) =>
      callback(result instanceof Error ? result : new SocketConnection(result)),
    );
}

/** Over TLS, and only to an endpoint whose certificate passes the checks that the settings ask for. */
function dialTlsSocket(settings: BackendTls, protocol: "http/1.1" | "h2"): Dial<Socket> {
  const { hostname, ca, client, isVerified } = settings;
  const context = tls.createSecureContext({
    ...(ca && { ca: [...ca] }),
    ...(client && { cert: client.cert, key: client.key }),
  });
  return (dialer, target, redials, callback) => {
    let secured: tls.TLSSocket | undefined;
    const giveUp = connectSocket(
      dialer.dial(target, { redials, allowHalfOpen: true }),
      (result) => {
        if (result instanceof Error) return callback(result);
        const socket = tls.connect({
          socket: result,
          servername: hostname,
          secureContext: context,
          ALPNProtocols: [protocol],
          rejectUnauthorized: isVerified,
          checkServerIdentity: (_name, { raw }) => checkNames(settings, new X509Certificate(raw)),
        });
        secured = socket;
        const failed = (error: Error) => callback(error);
        socket.once("error", failed);
        socket.once("secureConnect", () => {
          socket.removeListener("error", failed);
          callback(socket);
        });
      },
    );
    return () => {
      giveUp();
      secured?.removeAllListeners("secureConnect");
      secured?.on("error", () => {});
      secured?.destroy();
    };
  };
}

/** Listed names are checked instead of the host name (BackendTLSPolicy, subjectAltNames). */
function checkNames(
  { hostname, names }: BackendTls,
  certificate: X509Certificate,
): Error | undefined {
  const wanted = names.length === 0 ? [{ type: "dns" as const, value: hostname }] : names;
  const isOurs = wanted.some(({ type, value }) =>
    type === "dns" ? certificate.checkHost(value) !== undefined : urisOf(certificate).has(value),
  );
  if (isOurs) return undefined;
  const list = wanted.map(({ value }) => value).join(", ");
  return new Error(`its certificate has none of the names ${list}`);
}

function urisOf({ subjectAltName = "" }: X509Certificate): ReadonlySet<string> {
  return new Set([...subjectAltName.matchAll(/URI:([^,\s]+)/g)].map(([, uri]) => uri as string));
}
