import type { Container, ContainerState, Pod } from "../objects/pod.ts";
import { BackOff, type BackOffPolicy } from "./back-off.ts";
import type { Clock } from "./clock.ts";
import { timestamp } from "./clock.ts";
import type { ContainerSnapshot } from "./container-snapshot.ts";
import type { Launch } from "./launch.ts";
import { LaunchProblem } from "./launch.ts";
import { OutputTail } from "./output-tail.ts";
import type { ProbeHost } from "./probes.ts";
import { type ProcessExit, ProcessGroup, type Spawn } from "./process-group.ts";

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
  readonly onExited: (
    exit: ProcessExit,
    reason: string,
    message: string,
    restartIn?: number,
  ) => void;
  readonly onLine: (stream: "stdout" | "stderr", line: string) => void;
  readonly onUnhealthy: (probe: "startup" | "liveness", message: string) => void;
}

/** How long to wait before looking again whether a container can be started. */
const RETRY_LAUNCH = 10_000;

/** Keeps one container of a pod running, by its restart policy. */
export class ContainerWorker {
  readonly #options: ContainerWorkerOptions;
  readonly #backOff: BackOff;
  #state: ContainerState = { waiting: { reason: "PodInitializing" } };
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
  #cancelRestart: () => void = () => {};

  constructor(options: ContainerWorkerOptions) {
    this.#options = options;
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
    if (this.#state.waiting?.reason === "CreateContainerConfigError") this.start();
  }

  /** Ends the process for good. @param grace milliseconds from SIGTERM to SIGKILL */
  async stop(grace: number): Promise<void> {
    this.#stopping = true;
    this.#cancelRestart();
    this.#stopProbes();
    await this.#group?.end(grace);
    if (this.#state.waiting !== undefined) this.#message = "stopped";
    this.#final = true;
  }

  /** SIGKILL to whatever is left, now. */
  kill(): void {
    this.#group?.signal("SIGKILL");
  }

  async #launch(): Promise<void> {
    this.#launching = true;
    const { clock, spawn, prepare } = this.#options;
    let launch: Launch;
    try {
      // What the last run left must be gone first: it may hold the port.
      await this.#group?.gone(5_000);
      launch = await prepare();
    } catch (error) {
      this.#launching = false;
      this.#cannotLaunch(error);
      return;
    }
    this.#launching = false;
    if (this.#stopping) return;
    const tail = new OutputTail();
    let ended: ProcessExit | undefined;
    const group: ProcessGroup = new ProcessGroup({
      command: launch.command,
      cwd: launch.cwd,
      env: launch.env,
      clock,
      ...(spawn === undefined ? {} : { spawn }),
      onLine: (stream, line) => {
        tail.add(line);
        this.#options.onLine(stream, line);
      },
      onExit: (exit) => {
        ended = exit;
        this.#exited(exit, group);
      },
      onOutputEnd: () => {
        if (ended !== undefined) this.#explain(ended, tail);
      },
    });
    this.#group = group;
    this.#startedAt = clock.now();
    if (group.pid === undefined) return;
    this.#state = { running: { startedAt: timestamp(this.#startedAt) } };
    this.#message = "starting";
    this.#options.onStarted(launch, group.pid);
    this.#options.onChange();
    if (group.exited || this.#stopping) return;
    this.#stopProbes = this.#options.probe(launch, group.pid, {
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
      onUnhealthy: (probe, message) => {
        this.#stopProbes();
        this.#message = `${probe} probe failed: ${message}`;
        this.#ready = false;
        this.#options.onUnhealthy(probe, message);
        this.#options.onChange();
        void group.end(this.#options.gracePeriod * 1000);
      },
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
    if (!this.#stopping) group.signal("SIGKILL");
    const now = clock.now();
    const terminated: ContainerState = {
      terminated: {
        exitCode: exit.exitCode,
        ...(exit.signal === undefined ? {} : { signal: exit.exitCode - 128 }),
        reason: reasonOf(exit),
        ...(exit.startError === undefined ? {} : { message: exit.startError }),
        startedAt: timestamp(this.#startedAt),
        finishedAt: timestamp(now),
      },
    };
    this.#terminated = terminated;
    this.#ready = false;
    this.#started = false;
    this.#state = terminated;
    this.#message = describeExit(exit, "");
    const again =
      !this.#stopping &&
      (restartPolicy === "Always" || (restartPolicy === "OnFailure" && exit.exitCode !== 0));
    this.#restartIn = again ? this.#backOff.next(now - this.#startedAt) : undefined;
    if (this.#restartIn === undefined) {
      this.#final = true;
    } else {
      this.#lastState = terminated;
      if (this.#restartIn > 0) {
        const wait = formatSeconds(this.#restartIn);
        const message = `back-off ${wait} restarting failed container=${container.name}`;
        this.#state = { waiting: { reason: "CrashLoopBackOff", message } };
      }
      this.#restartCount++;
      this.#cancelRestart = clock.after(this.#restartIn, () => this.start());
    }
    this.#options.onChange();
  }

  /** Adds the last lines of output to what the end left behind, once they have been read. */
  #explain(exit: ProcessExit, tail: OutputTail): void {
    const before = this.#terminated;
    const message = describeExit(exit, tail.last);
    if (before?.terminated !== undefined && exit.exitCode !== 0 && tail.text !== "") {
      const after = { terminated: { ...before.terminated, message: tail.text } };
      if (this.#state === before) this.#state = after;
      if (this.#lastState === before) this.#lastState = after;
      if (!this.running) this.#message = message;
    }
    this.#options.onExited(exit, reasonOf(exit), message, this.#restartIn);
    this.#options.onChange();
  }
}

function reasonOf(exit: ProcessExit): string {
  if (exit.startError !== undefined) return "StartError";
  return exit.exitCode === 0 ? "Completed" : "Error";
}

/** `exit code 1: Error: no such database` */
function describeExit(exit: ProcessExit, lastLine: string): string {
  if (exit.startError !== undefined) return exit.startError;
  if (exit.exitCode === 0) return "exited with code 0";
  const how = exit.signal === undefined ? `exit code ${exit.exitCode}` : `ended by ${exit.signal}`;
  return lastLine === "" ? how : `${how}: ${lastLine}`;
}

function formatSeconds(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 100) / 10;
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
