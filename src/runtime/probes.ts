import type { Probe } from "../objects/pod.ts";
import type { LocalAddress } from "../proxy/local-address.ts";
import type { Check, CheckResult } from "./check.ts";
import { type ContainerRun, connectCheck, handlerCheck } from "./handler-check.ts";
import type { LastProbe } from "./last-probe.ts";
import { listeningPorts } from "./listening-ports.ts";
import { Prober, type ProbeTiming } from "./prober.ts";

/** The results of a container's probes. */
export interface ProbeHost {
  /** The startup probe has succeeded, or there is none. */
  onStarted(): void;
  onReadiness(ready: boolean): void;
  /** Why it is not ready, in words: `connection refused on 8080`. */
  onFailure(message: string): void;
  /** Called with every result. */
  onProbe(kind: LastProbe["kind"], result: CheckResult): void;
  /** The startup or liveness probe has failed for good: the container must be restarted. */
  onUnhealthy(probe: "startup" | "liveness", message: string): void;
}

export interface ProbeOptions extends ContainerRun {
  readonly pid: number;
  /** Remembers at which loopback address the process answers. */
  readonly onAddress: (address: LocalAddress) => void;
}

/** Without a readiness probe: a TCP connect every second; one failure suffices. */
const CONNECT: ProbeTiming = { periodSeconds: 1, failureThreshold: 1 };

/** Milliseconds after which a refused connection is not explained by a slow start any more. */
const LATE = 1_500;

/**
 * Starts the probes of one container run: the startup probe, and the others once it has succeeded.
 * @returns a function that stops them.
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
  const telling = (kind: LastProbe["kind"]) => (result: CheckResult) => host.onProbe(kind, result);

  const watchReadiness = (): void => {
    const connect = connectCheck(options);
    const check = readinessProbe
      ? orConnect(handlerCheck(readinessProbe, options), connect)
      : connect;
    if (check === undefined) {
      host.onReadiness(true);
      return;
    }
    add(
      new Prober({
        timing: readinessProbe ?? CONNECT,
        check: noting(namingOpenPorts(check, options), options),
        clock,
        initially: false,
        eager: true,
        onVerdict: (result) => host.onReadiness(result.ok),
        onResult: telling(readinessProbe ? "readiness" : "connect"),
        onFailure,
      }),
    );
  };
  const watchLiveness = (): void => {
    const check = livenessProbe && handlerCheck(livenessProbe, options);
    if (check === undefined) return;
    add(
      new Prober({
        timing: livenessProbe as Probe,
        check: orConnect(check, undefined) as Check,
        clock,
        initially: true,
        eager: false,
        onVerdict: (result) => {
          if (!result.ok) host.onUnhealthy("liveness", result.message);
        },
        onResult: telling("liveness"),
      }),
    );
  };
  const begin = (): void => {
    host.onStarted();
    watchLiveness();
    watchReadiness();
  };

  const startup = startupProbe && handlerCheck(startupProbe, options);
  if (startup === undefined) begin();
  else {
    const prober: Prober = new Prober({
      timing: startupProbe as Probe,
      check: namingOpenPorts(orConnect(startup, connectCheck(options)) as Check, options),
      clock,
      initially: undefined,
      eager: true,
      onVerdict: (result) => {
        prober.stop();
        if (result.ok) begin();
        else host.onUnhealthy("startup", result.message);
      },
      onResult: telling("startup"),
      onFailure,
    });
    add(prober);
  }
  return () => {
    for (const prober of probers) prober.stop();
  };
}

/**
 * The command of a probe was written for the image and may not exist on this machine. That says nothing about the
 * process, so a TCP connect takes its place, or no probe at all.
 */
function orConnect(check: Check | undefined, connect: Check | undefined): Check | undefined {
  if (check === undefined) return connect;
  return async (signal) => {
    const result = await check(signal);
    if (result.ok || result.unavailable !== true) return result;
    return connect === undefined ? { ok: true } : connect(signal);
  };
}

function noting(check: Check, { onAddress }: ProbeOptions): Check {
  return async (signal) => {
    const result = await check(signal);
    if (result.ok && result.address !== undefined) onAddress(result.address);
    return result;
  };
}

/** Where a process runs but refuses connections, naming the ports that it does listen on shows the mistake. */
function namingOpenPorts(check: Check, { pid, launch, clock }: ProbeOptions): Check {
  const startedAt = clock.now();
  return async (signal) => {
    const result = await check(signal);
    if (result.ok || result.refused !== true || clock.now() - startedAt < LATE) return result;
    const assigned = new Set(launch.ports.values());
    const listening = listeningPorts(pid);
    const hidden = listening.find(({ port, onlyLoopback }) => assigned.has(port) && onlyLoopback);
    if (hidden !== undefined && !launch.home.probedAt.includes("127.0.0.1")) {
      const next = "have it listen on all addresses (0.0.0.0), or run pods with --network host";
      return { ...result, message: `${result.message}; it listens on 127.0.0.1 only: ${next}` };
    }
    const open = listening.map(({ port }) => port).filter((port) => !assigned.has(port));
    if (open.length === 0) return result;
    const ports = open.length === 1 ? `port ${open[0]}` : `ports ${open.join(", ")}`;
    return { ...result, message: `${result.message}; it listens on ${ports} instead of $PORT` };
  };
}
