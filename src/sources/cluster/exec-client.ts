import type { Readable, Writable } from "node:stream";
import { WebSocket } from "ws";

export interface ExecAccess {
  /** `https://127.0.0.1:10443` */
  readonly server: string;
  readonly token: string;
  readonly ca: string;
}

export interface ExecCall {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly command: readonly string[];
  readonly tty: boolean;
  /** Undefined: the command reads nothing. */
  readonly stdin: Readable | undefined;
  readonly stdout: Writable;
  readonly stderr: Writable;
}

/** The streams of one connection, by the number that precedes each message. */
const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const STATUS = 3;
const CLOSE = 255;

/**
 * Runs a command in a container through the Kubernetes API, as `kubectl exec` does.
 * @returns its exit code
 * @throws Error with what the API says when it can't be run
 */
export function execThrough(access: ExecAccess, call: ExecCall): Promise<number> {
  const { stdin, stdout, stderr } = call;
  const socket = new WebSocket(urlOf(access, call), ["v5.channel.k8s.io"], {
    ca: access.ca,
    headers: { authorization: `Bearer ${access.token}` },
  });
  const send = (channel: number, data: Uint8Array) => {
    if (socket.readyState === WebSocket.OPEN)
      socket.send(Buffer.concat([Buffer.of(channel), data]));
  };
  const onData = (data: Buffer | string) => send(STDIN, Buffer.from(data));
  const onEnd = () => send(CLOSE, Buffer.of(STDIN));
  return new Promise((resolve, reject) => {
    let outcome: number | Error | undefined;
    socket.once("open", () => stdin?.on("data", onData).once("end", onEnd));
    socket.on("message", (message: Buffer) => {
      const data = message.subarray(1);
      if (message[0] === STDOUT) stdout.write(data);
      else if (message[0] === STDERR) stderr.write(data);
      else if (message[0] === STATUS) outcome = outcomeOf(data.toString());
    });
    socket.once("unexpected-response", (_, response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => (body += text));
      response.once("end", () => reject(refusal(body, response.statusCode ?? 0)));
    });
    socket.once("error", reject);
    socket.once("close", () => {
      stdin?.off("data", onData).off("end", onEnd).pause();
      if (typeof outcome === "number") resolve(outcome);
      else reject(outcome ?? new Error("the connection broke off before the command had ended"));
    });
  });
}

function urlOf({ server }: ExecAccess, call: ExecCall): URL {
  const { namespace, pod, container, command, tty, stdin } = call;
  const url = new URL(`/api/v1/namespaces/${namespace}/pods/${pod}/exec`, server);
  url.protocol = "wss:";
  for (const word of command) url.searchParams.append("command", word);
  url.searchParams.set("container", container);
  url.searchParams.set("stdin", `${stdin !== undefined}`);
  url.searchParams.set("stdout", "true");
  // With a terminal, stdout and stderr are one stream.
  url.searchParams.set("stderr", `${!tty}`);
  url.searchParams.set("tty", `${tty}`);
  return url;
}

interface Status {
  readonly status?: string;
  readonly message?: string;
  readonly details?: {
    readonly causes?: readonly { readonly reason: string; readonly message: string }[];
  };
}

/** The exit code in a Status, or why there is none. */
function outcomeOf(text: string): number | Error {
  const { status, message, details } = JSON.parse(text) as Status;
  if (status === "Success") return 0;
  const code = details?.causes?.find(({ reason }) => reason === "ExitCode")?.message;
  return code === undefined ? new Error(message ?? "it can't be run") : Number(code);
}

function refusal(body: string, status: number): Error {
  try {
    return new Error((JSON.parse(body) as Status).message);
  } catch {
    return new Error(`the API answers ${status}`);
  }
}
