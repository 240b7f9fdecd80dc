import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { RunningUp } from "../support/up.ts";
import { Scene } from "./scene.ts";
import { PATIENCE, waysIn } from "./traffic.ts";

/** Clients at the same time. */
const CLIENTS = 40;

const HOOK = resolve(import.meta.dirname, "injection.mjs");

export interface Report {
  readonly total: number;
  readonly hits: readonly (readonly [fault: string, count: number])[];
  readonly resources: Readonly<Record<string, number>>;
  readonly descriptors: number;
}

/** An `up` with the injector in it, what it serves, and clients that go all ways in. */
export class Ordeal implements AsyncDisposable {
  readonly up: RunningUp;
  readonly ways: Readonly<Record<string, () => Promise<void>>>;
  readonly #scene: Scene;

  /** @param program in place of the built one */
  static async open(program?: string): Promise<Ordeal> {
    const scene = await Scene.open();
    const up = new RunningUp(
      [
        ...["--dns", "127.0.0.1:0", "--gateway", "127.0.0.1:0", "--admin", "127.0.0.1:0"],
        ...["--https", "127.0.0.1:0", "--network", "host"],
        ...["--dns-upstream", scene.upstream.address, "--access-log", "text"],
      ],
      {
        cwd: scene.folder,
        nodeArgs: ["--import", HOOK],
        ipc: true,
        ...(program !== undefined && { program }),
      },
    );
    await up.ready();
    return new Ordeal(scene, up);
  }

  private constructor(scene: Scene, up: RunningUp) {
    this.#scene = scene;
    this.up = up;
    const runtime = up.env["KUBELANE_RUNTIME_DIR"] ?? "";
    const control = readdirSync(runtime).find((name) => name.endsWith(".sock")) ?? "";
    this.ways = waysIn({
      gateway: up.gatewayPort,
      https: Number(/https:\/\/127\.0\.0\.1:(\d+)/.exec(up.stdout)?.[1]),
      dns: up.dnsPort,
      admin: up.adminPort,
      control: join(runtime, control),
    });
  }

  async report(): Promise<Report> {
    this.up.process.send({ type: "report" });
    for (;;) {
      const [message] = await once(this.up.process, "message");
      // An `up` also tells the process that started it when it is ready.
      if ("resources" in message) return message as Report;
    }
  }

  /**
   * Makes calls fail while clients go all ways in and what is served changes.
   * @param isEnough asked again and again
   * @returns what was injected, once it is enough or the time is over.
   */
  async inject(
    seed: number,
    isEnough: (found: Report) => boolean,
    milliseconds: number,
  ): Promise<Report> {
    const { process } = this.up;
    process.send({ type: "start", seed });
    const all = Object.values(this.ways);
    let injecting = true;
    // What was lost is not worth waiting for.
    PATIENCE.now = 1_000;
    const clients = Array.from({ length: CLIENTS }, async (_, i) => {
      for (let n = i; injecting; n++) await all[n % all.length]?.().catch(() => {});
    });
    const change = setInterval(() => this.#scene.change(), 100);
    try {
      let found = await this.report();
      const deadline = performance.now() + milliseconds;
      while (!isEnough(found) && performance.now() < deadline) {
        await wait(200);
        found = await this.report();
      }
      process.send({ type: "stop" });
      return found;
    } finally {
      injecting = false;
      clearInterval(change);
      await Promise.all(clients);
      PATIENCE.now = 10_000;
    }
  }

  /** What the ways in that don't lead to their answer say, at the latest when the time for it is over. */
  async unanswered(milliseconds: number): Promise<string[]> {
    const deadline = performance.now() + milliseconds;
    const failures = await Promise.all(
      Object.entries(this.ways).map(async ([name, way]) => {
        for (;;) {
          try {
            await way();
            return [];
          } catch (error) {
            if (performance.now() > deadline) return [`${name}: ${(error as Error).message}`];
            await wait(100);
          }
        }
      }),
    );
    return failures.flat();
  }

  /** Exceptions that nobody caught. */
  get caught(): string[] {
    const [, ...texts] = this.up.stderr.split("a fault of kubelane itself");
    return texts.map((text) => text.slice(0, 1_500));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.up.stop("SIGTERM");
    await this.#scene[Symbol.asyncDispose]();
  }
}
