import type { Container, Probe, ProbeHandler } from "../objects/pod.ts";
import { type Check, type CheckTarget, tcpCheck } from "./check.ts";
import type { Clock } from "./clock.ts";
import { httpCheck } from "./http-check.ts";
import type { Launch } from "./launch.ts";
import { listeningPorts } from "./listening-ports.ts";
import type { LocalAddress } from "./local-pods.ts";
import { Prober, type ProbeTiming } from "./prober.ts";

/** What a container learns from its probes. */
export interface ProbeHost {
  /** The startup probe has succeeded, or there is none. */
  onStarted(): void;
  onReadiness(ready: boolean): void;
  /** Why it is not ready, in words: `connection refused on 8080`. */
  onFailure(message: string): void;
  /** The startup or liveness probe has given up on the container. */
  onUnhealthy(probe: "startup" | "liveness", message: string): void;
}

export interface ProbeOptions {
  readonly container: Container;
  readonly launch: Launch;
  readonly pid: number;
  readonly clock: Clock;
  /** Learns which of the loopback addresses the process answers on. */
  readonly onAddress: (address: LocalAddress) => void;
}

/** Without a readiness probe: a TCP connect every second, and one failure is enough. */
const CONNECT: ProbeTiming = { periodSeconds: 1, failureThreshold: 1 };

/** From when on a refused connection is no matter of waiting for the start; milliseconds. */
const LATE = 1_500;

/**
 * Starts the probes of one container run: the startup probe, and when it has succeeded the others.
 * @returns how to stop them.
 */
export function startProbes(options: ProbeOptions, host: ProbeHost): () => void {
  const { clock, container } = options;
  const { startupProbe, readinessProbe, livenessProbe } = container;
  const probers: Prober[] = [];
  const add = (prober: Prober): void => {
    probers.push(prober);
    prober.start();
  };
  const onFailure = (message: string): void => host.onFailure(message);

  const watchReadiness = (): void => {
    const check = readinessProbe ? checkOf(readinessProbe, options) : connectCheck(options);
    if (check === undefined) {
      host.onReadiness(true);
      return;
    }
    add(
      new Prober({
        timing: readinessProbe ?? CONNECT,
        check: namingOpenPorts(check, options),
        clock,
        initially: false,
        eager: true,
        onVerdict: (result) => host.onReadiness(result.ok),
        onFailure,
      }),
    );
  };
  const watchLiveness = (): void => {
    const check = livenessProbe && checkOf(livenessProbe, options);
    if (check === undefined) return;
    add(
      new Prober({
        timing: livenessProbe as Probe,
        check,
        clock,
        initially: true,
        eager: false,
        onVerdict: (result) => {
          if (!result.ok) host.onUnhealthy("liveness", result.message);
        },
      }),
    );
  };
  const begin = (): void => {
    host.onStarted();
    watchLiveness();
    watchReadiness();
  };

  const startup = startupProbe && checkOf(startupProbe, options);
  if (startup === undefined) begin();
  else {
    const prober: Prober = new Prober({
      timing: startupProbe as Probe,
      check: namingOpenPorts(startup, options),
      clock,
      initially: undefined,
      eager: true,
      onVerdict: (result) => {
        prober.stop();
        if (result.ok) begin();
        else host.onUnhealthy("startup", result.message);
      },
      onFailure,
    });
    add(prober);
  }
  return () => {
    for (const prober of probers) prober.stop();
  };
}

/** @returns undefined for a handler that has nothing to look at. */
function checkOf(handler: ProbeHandler, options: ProbeOptions): Check | undefined {
  const { httpGet, tcpSocket, grpc } = handler;
  if (httpGet !== undefined) {
    return noting(httpCheck(httpGet, targetOf(httpGet.port, httpGet.host, options)), options);
  }
  if (tcpSocket !== undefined) {
    return noting(tcpCheck(targetOf(tcpSocket.port, tcpSocket.host, options)), options);
  }
  if (grpc !== undefined) return noting(tcpCheck(targetOf(grpc.port, undefined, options)), options);
  return undefined;
}

/** For a container without a readiness probe: whether its first TCP port accepts. */
function connectCheck(options: ProbeOptions): Check | undefined {
  const first = (options.container.ports ?? []).find((port) => (port.protocol ?? "TCP") === "TCP");
  return first && noting(tcpCheck(targetOf(first.containerPort, undefined, options)), options);
}

/** Where on this machine a probe's port is. A probe that names another host is left as it is. */
function targetOf(
  port: number | string,
  host: string | undefined,
  { container, launch }: ProbeOptions,
): CheckTarget {
  const containerPort = typeof port === "number" ? port : numberOf(port, container);
  if (containerPort === undefined) return { addresses: [], label: `port "${port}"` };
  if (host !== undefined && host !== "") {
    return { addresses: [{ host, port: containerPort }], label: `${host}:${containerPort}` };
  }
  const local = launch.ports.get(containerPort);
  if (local === undefined) return { addresses: [], label: String(containerPort) };
  return {
    // Some servers listen on ::1 only.
    addresses: ["127.0.0.1", "::1"].map((address) => ({ host: address, port: local })),
    label: `${containerPort} (127.0.0.1:${local})`,
  };
}

function numberOf(name: string, { ports = [] }: Container): number | undefined {
  const declared = ports.find((port) => port.name === name)?.containerPort;
  return declared ?? (/^\d+$/.test(name) ? Number(name) : undefined);
}

function noting(check: Check, { onAddress }: ProbeOptions): Check {
  return async (signal) => {
    const result = await check(signal);
    if (result.ok && result.address !== undefined) onAddress(result.address);
    return result;
  };
}

/** When a process runs and refuses connections, the ports it did open say what is wrong. */
function namingOpenPorts(check: Check, { pid, launch, clock }: ProbeOptions): Check {
  const startedAt = clock.now();
  return async (signal) => {
    const result = await check(signal);
    if (result.ok || result.refused !== true || clock.now() - startedAt < LATE) return result;
    const assigned = new Set(launch.ports.values());
    const open = listeningPorts(pid).filter((port) => !assigned.has(port));
    if (open.length === 0) return result;
    const ports = open.length === 1 ? `port ${open[0]}` : `ports ${open.join(", ")}`;
    return { ...result, message: `${result.message}; it listens on ${ports} instead of $PORT` };
  };
}
