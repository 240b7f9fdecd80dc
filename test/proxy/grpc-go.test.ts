import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { TestCluster } from "./cluster.ts";

/** test/fixtures/grpc-go, built; `.ci/run` does so. */
const PROGRAM = process.env["KUBELANE_TEST_GRPC_GO"] ?? "";
const CALLS = Number(process.env["GRPC_GO_CALLS"] ?? 5_000);
const run = promisify(execFile);

/** grpc-go ends its connections by age (200 ms) and when idle (100 ms), and allows 10 streams on each. */
async function serve(servers: ChildProcess[]): Promise<number> {
  const server = spawn(PROGRAM, ["server"], { stdio: ["ignore", "pipe", "inherit"] });
  servers.push(server);
  const [line] = (await once(server.stdout, "data")) as [Buffer];
  return Number(String(line));
}

test(
  "grpc-go loses no call while its servers close connections by age",
  {
    skip: PROGRAM === "" && "KUBELANE_TEST_GRPC_GO names no built test/fixtures/grpc-go",
    timeout: 120_000,
  } as { skip: boolean; timeout: number },
  async () => {
    const servers: ChildProcess[] = [];
    await using cluster = new TestCluster();
    try {
      const pods = [cluster.attach(await serve(servers)), cluster.attach(await serve(servers))];
      cluster.serve("web", pods, { spec: { ports: [{ port: 80, appProtocol: "grpc" }] } });
      const gateway = await cluster.gateway();
      const { stdout, stderr } = await run(PROGRAM, [
        "client",
        `127.0.0.1:${gateway.port}`,
        String(CALLS),
      ]);
      expect(stderr).toBe("");
      expect(stdout.trim()).toBe("0");
      const { events } = gateway;
      expect(events).toHaveLength(CALLS);
      // Each was answered; some were sent again, as a GOAWAY had left them out.
      expect(
        events.filter(({ status, aborted }) => status !== 200 || aborted !== undefined),
      ).toEqual([]);
      const again = events.filter(({ attempts }) => attempts > 1).length;
      if (CALLS > 5_000) process.stdout.write(`${CALLS} calls, ${again} of them sent again\n`);
    } finally {
      for (const server of servers) server.kill();
    }
  },
);
