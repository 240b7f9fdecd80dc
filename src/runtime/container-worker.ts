import type { Container, ContainerState, Pod } from "../objects/pod.ts";
import { timestamp } from "../objects/timestamp.ts";
import { BackOff, type BackOffPolicy } from "./back-off.ts";
import type { Clock } from "./clock.ts";
import { backOffState, describeExit, exitReason, terminatedState } from "./container-exit.ts";
import type { ContainerSnapshot } from "./container-snapshot.ts";
import { type AttachedStreams, ContainerStreams } from "./container-streams.ts";
import { type Hook, within } from "./hooks.ts";
import type { LastProbe } from "./last-probe.ts";
import type { Launch } from "./launch.ts";
import { LaunchProblem } from "./launch-problem.ts";
import { OutputTail } from "./output-tail.ts";
import type { ProbeHost } from "./probes.ts";
import {
  type ProcessExit,
  ProcessGroup,
  type Spawn,
  type StartedProcess,
} from "./process-group.ts";
import { whoHasThePort } from "./taken-port.ts";
import { onTerminal } from "./terminal-command.ts";

export type Unhealthy = "startup" | "liveness" | "preStop" | "postStart";

/** How a run of a container ended, and what comes next. */
export interface ContainerEnd {
  /** Undefined when it could not be started. */
  readonly pid: number | undefined;
  readonly reason: string;
  readonly message: string;
  /** Milliseconds until it is started again; undefined when it is not. */
  readonly restartIn: number | undefined;
}

export interface ContainerWorkerOptions {
  readonly pod: Pod;
  readonly container: Container;
  readonly restartPolicy: "Always" | "OnFailure" | "Never";
  readonly backOff: BackOffPolicy;
  /** Seconds between SIGTERM and SIGKILL when a probe gives up on it. */
  readonly gracePeriod: number;
  readonly clock: Clock;
  readonly spawn?: Spawn;
  /** @throws LaunchProblem when it can't be started as things are. */
  readonly prepare: () => Promise<Launch>;
  /** Starts probing a run. @returns how to stop. */
  readonly probe: (launch: Launch, pid: number, host: ProbeHost) => () => void;
  /** Called synchronously after every change of the snapshot. */
  readonly onChange: () => void;
  readonly onStarted: (launch: Launch, pid: number) => void;
  readonly onExited: (exit: ProcessExit, end: ContainerEnd) => void;
  /** @param pid of the run that wrote it, which may be over when its last lines are read */
  readonly onLine: (stream: "stdout" | "stderr", line: string, pid: number) => void;
  readonly onUnhealthy: (probe: Unhealthy, message: string) => void;
  /** Undefined for one that is left out this time. */
  readonly preStop?: (launch: Launch) => Hook | undefined;
  readonly postStart?: (launch: Launch) => Hook;
  /** Writes the process down for whoever comes after us. */
  readonly record: (process: StartedProcess) => () => void;
}

/** The kubelet sets none; a hook that hangs would hold the container for ever. */
const HOOK_LIMIT = 600_000;

/** How long to wait before looking again whether a container can be started. */
const RETRY_LAUNCH = 10_000;

/** Reasons of a container that could not be started for want of an object. */
const AWAITS_OBJECTS: ReadonlySet<string> = new Set(["CreateContainerConfigError", "FailedMount"]);

/** Keeps one container of a pod running, by its restart policy. */
export class ContainerWorker {
  readonly #options: ContainerWorkerOptions;
  readonly #backOff: BackOff;
  #state: ContainerState;
  #lastState: ContainerState | undefined;
  #restartCount = 0;
  #started = false;
  #ready = false;
  #message = "starting";
  #final = false;
  #stopping = false;
  #launching = false;
  #group: ProcessGroup | undefined;
  #startedAt = 0;
  #terminated: ContainerState | undefined;
  #restartIn: number | undefined;
  #stopProbes: () => void = () => {};
  /** Of the current run, by kind. */
  #lastProbes = new Map<LastProbe["kind"], LastProbe>();
  #cancelRestart: () => void = () => {};
  /** Settles when the last run has left nothing. */
  #cleared: Promise<void> | undefined;
  #current: Launch | undefined;
  readonly #hastened = new AbortController();
  readonly #streams: ContainerStreams;

  constructor(options: ContainerWorkerOptions) {
    this.#options = options;
    const { tty: isTerminal = false, stdinOnce: isOnce = false } = options.container;
    this.#streams = new ContainerStreams({ isTerminal, isOnce });
    // As the kubelet: without init containers there is nothing to be initialized.
    const isFirst = (options.pod.spec.initContainers ?? []).length === 0;
    this.#state = { waiting: { reason: isFirst ? "ContainerCreating" : "PodInitializing" } };
    this.#backOff = new BackOff(options.backOff);
  }

  get snapshot(): ContainerSnapshot {
    return {
      name: this.#options.container.name,
      state: this.#state,
      ...(this.#lastState === undefined ? {} : { lastState: this.#lastState }),
      restartCount: this.#restartCount,
      started: this.#started,
      ready: this.#ready,
      ...(this.#ready ? {} : { message: this.#message }),
      final: this.#final,
    };
  }

  /** What the probes of the current run found last. */
  get lastProbes(): readonly LastProbe[] {
    return [...this.#lastProbes.values()];
  }

  /** How the container that runs now was started. */
  get launch(): Launch | undefined {
    return this.running ? this.#current : undefined;
  }

  /** The process that runs now. */
  get pid(): number | undefined {
    return this.running ? this.#group?.pid : undefined;
  }

  /** Beside the process that runs now; undefined where none does. */
  attach(): AttachedStreams | undefined {
    return this.running ? this.#streams.attach() : undefined;
  }

  get running(): boolean {
    return this.#group !== undefined && !this.#group.exited;
  }

  start(): void {
    this.#cancelRestart();
    if (this.#state.waiting?.reason === "PodInitializing") {
      this.#state = { waiting: { reason: "ContainerCreating" } };
    }
    if (!this.#launching) void this.#launch();
  }

  /** Tries again at once if it waits for something that was missing. */
  poke(): void {
    const { reason = "" } = this.#state.waiting ?? {};
    if (AWAITS_OBJECTS.has(reason)) this.start();
  }

  /**
   * Ends the process for good: preStop hook, SIGTERM, SIGKILL. A second call with less time hastens the first.
   * @param grace milliseconds for hook and process together
   */
  async stop(grace: number): Promise<void> {
    if (this.#stopping) this.#hastened.abort();
    this.#stopping = true;
    this.#cancelRestart();
    this.#stopProbes();
    await this.#end(grace);
    await this.#cleared;
    if (this.#state.waiting !== undefined) this.#message = "stopped";
    this.#final = true;
  }

  /** SIGKILL to whatever is left, now. */
  kill(): void {
    this.#group?.signal("SIGKILL");
  }

  async #end(grace: number): Promise<void> {
    const group = this.#group;
    if (group === undefined) return;
    const { clock, preStop } = this.#options;
    const began = clock.now();
    const isUrgent = grace <= 0 || this.#hastened.signal.aborted;
    const hook = isUrgent || !this.running ? undefined : preStop?.(this.#current!);
    if (hook !== undefined) {
      const result = await within(grace, hook, clock, this.#hastened.signal);
      if (!result.ok && result.unavailable !== true) {
        this.#options.onUnhealthy("preStop", result.message);
      }
    }
    // A hook that took all the time leaves the process the kubelet's two seconds.
    const left = Math.max(grace - (clock.now() - began), Math.min(grace, 2_000));
    await group.end(left);
  }

  async #launch(): Promise<void> {
    this.#launching = true;
    const { clock, prepare } = this.#options;
    let launch: Launch;
    try {
      // What the last run left must be gone first: it may hold the port.
      await this.#cleared;
      launch = await prepare();
    } catch (error) {
      this.#launching = false;
      this.#cannotLaunch(error);
      return;
    }
    this.#launching = false;
    if (this.#stopping) return;
    const spawn = launch.spawn ?? this.#options.spawn;
    const tail = new OutputTail();
    let ended: ProcessExit | undefined;
    this.#current = launch;
    const { stdin: hasInput = false, tty = false } = this.#options.container;
    const group: ProcessGroup = new ProcessGroup({
      record: this.#options.record,
      command: tty ? onTerminal(launch.command) : launch.command,
      cwd: launch.cwd,
      env: tty ? { TERM: "xterm", ...launch.env } : launch.env,
      hasInput,
      clock,
      ...(spawn === undefined ? {} : { spawn }),
      ...(launch.container && {
        stopSignal: launch.container.stopSignal,
        clear: launch.container.clear,
      }),
      onLine: (stream, line) => {
        tail.add(line);
        this.#options.onLine(stream, line, group.pid ?? 0);
      },
      onOutput: (stream, chunk) => this.#streams.heard(stream, chunk),
      onExit: (exit) => {
        ended = exit;
        this.#exited(exit, group);
      },
      onOutputEnd: () => {
        this.#streams.ended();
        if (ended !== undefined) this.#explain(ended, group.pid, tail, launch);
      },
    });
    this.#group = group;
    this.#streams.began(group.stdin, group.pid);
    this.#startedAt = clock.now();
    if (group.pid === undefined) return;
    this.#state = { running: { startedAt: timestamp(this.#startedAt) } };
    this.#message = "starting";
    this.#options.onStarted(launch, group.pid);
    this.#options.onChange();
    void this.#afterStart(launch, group, group.pid);
  }

  /** The postStart hook, and then the probes: both end when this run does. */
  async #afterStart(launch: Launch, group: ProcessGroup, pid: number): Promise<void> {
    const { clock, postStart, gracePeriod } = this.#options;
    const giveUp = (probe: Unhealthy, message: string): void => {
      this.#stopProbes();
      this.#message = `${probe} failed: ${message}`;
      this.#ready = false;
      this.#options.onUnhealthy(probe, message);
      this.#options.onChange();
      void this.#end(gracePeriod * 1000);
    };
    if (postStart !== undefined) {
      const over = new AbortController();
      this.#stopProbes = () => over.abort();
      const result = await within(HOOK_LIMIT, postStart(launch), clock, over.signal);
      if (over.signal.aborted) return;
      if (!result.ok && result.unavailable !== true) return giveUp("postStart", result.message);
    }
    if (group.exited || this.#stopping) return;
    this.#lastProbes = new Map();
    this.#stopProbes = this.#options.probe(launch, pid, {
      onStarted: () => {
        this.#started = true;
        this.#options.onChange();
      },
      onReadiness: (ready) => {
        this.#ready = ready;
        this.#options.onChange();
      },
      onFailure: (message) => {
        this.#message = message;
        this.#options.onChange();
      },
      onProbe: (kind, result) => {
        this.#lastProbes.set(kind, {
          container: this.#options.container.name,
          kind,
          at: clock.now(),
          ok: result.ok,
          ...(!result.ok && { message: result.message }),
        });
      },
      onUnhealthy: giveUp,
    });
  }

  #cannotLaunch(error: unknown): void {
    if (this.#stopping) return;
    const reason = error instanceof LaunchProblem ? error.reason : "CreateContainerError";
    const message = (error as Error).message;
    this.#state = { waiting: { reason, message } };
    this.#message = message;
    this.#cancelRestart = this.#options.clock.after(RETRY_LAUNCH, () => this.start());
    this.#options.onChange();
  }

  /** What the end means for the pod; said at once, before the last output has been read. */
  #exited(exit: ProcessExit, group: ProcessGroup): void {
    const { clock, container, restartPolicy } = this.#options;
    this.#stopProbes();
    // A container ends with its first process; while stopping, the others have the rest of the grace period.
    if (!this.#stopping) this.#cleared = group.end(0);
    const now = clock.now();
    const terminated = terminatedState(exit, this.#startedAt, now);
    this.#terminated = terminated;
    this.#ready = false;
    this.#started = false;
    this.#state = terminated;
    this.#message = describeExit(exit);
    const again =
      !this.#stopping &&
      (restartPolicy === "Always" || (restartPolicy === "OnFailure" && exit.exitCode !== 0));
    this.#restartIn = again ? this.#backOff.next(now - this.#startedAt) : undefined;
    if (this.#restartIn === undefined) {
      this.#final = true;
    } else {
      this.#lastState = terminated;
      if (this.#restartIn > 0) {
        this.#state = backOffState(container.name, this.#restartIn, this.#message);
      }
      this.#restartCount++;
      this.#cancelRestart = clock.after(this.#restartIn, () => this.start());
    }
    this.#options.onChange();
  }

  /** Adds the last output to what the end left behind, once it has been read. */
  #explain(
    exit: ProcessExit,
    pid: number | undefined,
    tail: OutputTail,
    { home, ports }: Launch,
  ): void {
    const before = this.#terminated;
    const holder =
      exit.exitCode !== 0 && home.holderOf !== undefined
        ? whoHasThePort(tail.reason, [...ports].flat(), home.holderOf)
        : "";
    const message = `${describeExit(exit, tail.reason)}${holder}`;
    if (before?.terminated !== undefined && exit.exitCode !== 0 && tail.text !== "") {
      // As the kubelet has it: else whoever prints the output and the status prints it twice, as `kubectl run -i` does.
      const { terminationMessagePolicy: policy } = this.#options.container;
      const after =
        policy === "FallbackToLogsOnError"
          ? { terminated: { ...before.terminated, message: tail.text } }
          : before;
      if (this.#state === before) this.#state = after;
      if (this.#lastState === before) this.#lastState = after;
      if (!this.running) {
        this.#message = message;
        if (this.#state.waiting?.reason === "CrashLoopBackOff") {
          const { name } = this.#options.container;
          this.#state = backOffState(name, this.#restartIn ?? 0, message);
        }
      }
    }
    const reason = exitReason(exit);
    this.#options.onExited(exit, { pid, reason, message, restartIn: this.#restartIn });
    this.#options.onChange();
  }
}
