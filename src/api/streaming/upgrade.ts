import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { createWebSocketStream, type WebSocket, WebSocketServer } from "ws";
import type { KubernetesObject } from "../../objects/object.ts";
import { isSet } from "../query.ts";
import { badRequest, type StatusError } from "../status.ts";
import { containerOf, type Subresources } from "../subresources.ts";
import { forwardByChannels, portsOf } from "./channel-port-forward.ts";
import { CHANNEL_PROTOCOLS } from "./channels.ts";
import { type ExecRequest, type Execution, serveExec } from "./exec.ts";
import { PORT_FORWARD_PROTOCOL, servePortForward, TUNNEL_PROTOCOL } from "./port-forward.ts";
import { EXEC_PROTOCOL, serveExecOverSpdy } from "./spdy-exec.ts";

/** What runs pods here, as far as a client wants to be connected with them. */
export interface PodStreams {
  /** @throws for a container that does not run here */
  exec(pod: KubernetesObject, request: ExecRequest): Execution;
  /** What a container writes and reads from now on. @throws for one that does not run here */
  attach(pod: KubernetesObject, container: string): Execution;
  /** @throws when nothing answers there */
  connect(pod: KubernetesObject, port: number): Promise<Duplex>;
}

/** A message of a WebSocket may be as large as what one read of a file comes to. */
const MAX_MESSAGE = 4 * 1024 * 1024;

const webSockets = new WebSocketServer({
  noServer: true,
  maxPayload: MAX_MESSAGE,
  handleProtocols: (offered) =>
    CHANNEL_PROTOCOLS.find((protocol) => offered.has(protocol)) ?? false,
});

const tunnels = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE });
tunnels.on("headers", (headers) => headers.push(`Sec-WebSocket-Protocol: ${TUNNEL_PROTOCOL}`));

/** A request for another protocol, about a Pod. */
export interface UpgradeCall {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** What has been read behind the request. */
  readonly head: Buffer;
  readonly pod: KubernetesObject;
  readonly query: URLSearchParams;
}

/**
 * Goes over to what a request asks for.
 * @throws StatusError as long as the answer is one of HTTP
 */
export function answerUpgrade(
  subresource: string,
  call: UpgradeCall,
  streams: PodStreams,
  pods: Subresources,
): void {
  if (subresource === "portforward") forwardPorts(call, streams);
  else if (subresource === "exec") runCommand(call, streams, pods);
  else if (subresource === "attach") attach(call, streams, pods);
  else throw badRequest(`pods/${subresource} is not served over another protocol`);
}

function forwardPorts(call: UpgradeCall, streams: PodStreams): void {
  const { request, socket, head, pod } = call;
  const connect = (port: number) => streams.connect(pod, port);
  if (isWebSocket(call)) {
    const offered = request.headers["sec-websocket-protocol"]?.split(",") ?? [];
    if (!offered.some((protocol) => protocol.trim() === TUNNEL_PROTOCOL)) {
      const ports = portsOf(call.query);
      openWebSocket(call, (opened) => void forwardByChannels(opened, ports, connect));
      return;
    }
    // Its name has a slash, which the grammar of protocol names forbids: the library would refuse it.
    delete request.headers["sec-websocket-protocol"];
    tunnels.handleUpgrade(request, socket, head, (opened) => {
      servePortForward(createWebSocketStream(opened), connect);
    });
    return;
  }
  requireSpdy(call);
  servePortForward(switchToSpdy(call, PORT_FORWARD_PROTOCOL), connect);
}

/** @throws StatusError for a protocol that is not spoken here */
function requireSpdy({ request }: UpgradeCall): void {
  const { upgrade = "" } = request.headers;
  if (/^spdy\/3\.1$/i.test(upgrade)) return;
  throw badRequest(`no protocol ${JSON.stringify(upgrade.slice(0, 40))} is spoken here`);
}

/** @param protocol what the streams mean */
function switchToSpdy({ socket, head }: UpgradeCall, protocol: string): Duplex {
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n" +
      `X-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
  );
  if (head.length > 0) socket.unshift(head);
  return socket;
}

function runCommand(call: UpgradeCall, streams: PodStreams, pods: Subresources): void {
  const { pod, query } = call;
  const container = runningContainer(call, pods);
  requireExecProtocol(call);
  const command = query.getAll("command");
  if (command.length === 0) {
    throw badRequest("you must specify at least 1 command for the container");
  }
  const wanted = { container, command, stdin: isSet(query, "stdin"), tty: isSet(query, "tty") };
  carry(call, streams.exec(pod, wanted));
}

function attach(call: UpgradeCall, streams: PodStreams, pods: Subresources): void {
  const { pod, query } = call;
  const container = runningContainer(call, pods);
  requireExecProtocol(call);
  const execution = streams.attach(pod, container);
  carry(call, { ...execution, stdin: isSet(query, "stdin") ? execution.stdin : undefined });
}

/** @throws StatusError for a client that knows none of the ways in which a command's streams are carried */
function requireExecProtocol(call: UpgradeCall): void {
  const { headers } = call.request;
  if (isWebSocket(call)) return;
  requireSpdy(call);
  const offered = String(headers["x-stream-protocol-version"] ?? "").split(",");
  if (offered.some((each) => each.trim() === EXEC_PROTOCOL)) return;
  throw badRequest(`over SPDY, the streams of a command are those of ${EXEC_PROTOCOL}`);
}

function isWebSocket({ request }: UpgradeCall): boolean {
  return /^websocket$/i.test(request.headers.upgrade ?? "");
}

/**
 * First of all: clients try another protocol when the first one is refused, and show what is said then.
 * @throws StatusError
 */
function runningContainer({ pod, query }: UpgradeCall, pods: Subresources): string {
  const container = containerOf(pod, query.get("container"));
  if (pods.runs(pod, container)) return container;
  throw badRequest(
    `container "${container}" of pod "${pod.metadata.name}" does not run on this machine`,
  );
}

function carry(call: UpgradeCall, execution: Execution): void {
  call.socket.once("close", () => execution.kill());
  if (!isWebSocket(call)) {
    const wants = (name: string) => isSet(call.query, name);
    const [stdin, stdout] = [wants("stdin"), wants("stdout")];
    const wanted = { stdin, stdout, stderr: wants("stderr"), tty: wants("tty") };
    serveExecOverSpdy(switchToSpdy(call, EXEC_PROTOCOL), wanted, execution);
    return;
  }
  openWebSocket(call, (opened) => void serveExec(opened, execution));
}

function openWebSocket(
  { request, socket, head }: UpgradeCall,
  onOpen: (socket: WebSocket) => void,
): void {
  webSockets.handleUpgrade(request, socket, head, onOpen);
}

/** As long as the protocol has not changed, the answer is one of HTTP. */
export function refuseUpgrade(socket: Duplex, status: StatusError): void {
  const body = JSON.stringify(status);
  socket.end(
    `HTTP/1.1 ${status.code} ${status.reason}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
