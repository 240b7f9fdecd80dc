import type { Container, ProbeHandler } from "../objects/pod.ts";
import { beside } from "./beside.ts";
import { type Check, type CheckTarget, tcpCheck } from "./check.ts";
import type { Clock } from "./clock.ts";
import { execCheck } from "./exec-check.ts";
import { sleepHook } from "./hooks.ts";
import { httpCheck } from "./http-check.ts";
import type { Launch } from "./launch.ts";
import type { Spawn } from "./process-group.ts";

/** The run of a container that a probe or hook belongs to. */
export interface ContainerRun {
  readonly container: Container;
  readonly launch: Launch;
  readonly clock: Clock;
  readonly spawn?: Spawn;
}

/** The check or action of a probe's or hook's handler; undefined when it has none. */
export function handlerCheck(handler: ProbeHandler, run: ContainerRun): Check | undefined {
  const { httpGet, tcpSocket, grpc, exec, sleep } = handler;
  if (httpGet !== undefined) return httpCheck(httpGet, targetOf(httpGet.port, httpGet.host, run));
  if (tcpSocket !== undefined) return tcpCheck(targetOf(tcpSocket.port, tcpSocket.host, run));
  if (grpc !== undefined) {
    const target = targetOf(grpc.port, "", run);
    return async (signal) => {
      // Loaded on demand: few probes use HTTP/2, and Node's module takes milliseconds to load.
      const { grpcCheck } = await import("./grpc-check.ts");
      return grpcCheck(grpc.service ?? "", target)(signal);
    };
  }
  if (sleep !== undefined) return sleepHook(sleep, run.clock);
  const command = exec?.command ?? [];
  if (command.length === 0) return undefined;
  const { clock, launch } = run;
  const inside = beside(launch, command);
  const spawn = inside.spawn ?? run.spawn;
  const label = `exec ${command[0]}`;
  return execCheck({ ...inside, label, clock, ...(spawn === undefined ? {} : { spawn }) });
}

/** For a container without a readiness probe: whether its first TCP port accepts connections. */
export function connectCheck(run: ContainerRun): Check | undefined {
  const ports = run.container.ports ?? [];
  const first = ports.find(({ protocol }) => (protocol ?? "TCP") === "TCP");
  return first && tcpCheck(targetOf(first.containerPort, "", run));
}

/** Where a handler's port is on this machine. If the handler names another host, that is used unchanged. */
function targetOf(
  port: number | string,
  host: string | undefined,
  { container, launch }: ContainerRun,
): CheckTarget {
  const { probedAt, dial } = launch.home;
  const containerPort = typeof port === "number" ? port : numberOf(port, container);
  if (containerPort === undefined) return { addresses: [], label: `port "${port}"`, dial };
  if (host !== undefined && host !== "") {
    return { addresses: [{ host, port: containerPort }], label: `${host}:${containerPort}`, dial };
  }
  const local = launch.ports.get(containerPort);
  if (local === undefined) return { addresses: [], label: String(containerPort), dial };
  const addresses = probedAt.map((address) => ({ host: address, port: local }));
  const [first] = probedAt;
  return { addresses, label: `${containerPort} (${first}:${local})`, dial };
}

function numberOf(name: string, { ports = [] }: Container): number | undefined {
  const declared = ports.find((port) => port.name === name)?.containerPort;
  return declared ?? (/^\d+$/.test(name) ? Number(name) : undefined);
}
