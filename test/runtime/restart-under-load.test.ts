import { Agent, request } from "node:http";
import { describe, expect, it } from "vitest";
import { createBalancer } from "../../src/balancer/balancer.ts";
import { standardControllers } from "../../src/controllers/standard.ts";
import { fromMap } from "../../src/labels/selector.ts";
import { directDialer } from "../../src/proxy/direct-dialer.ts";
import { createGateway } from "../../src/proxy/gateway.ts";
import { mappedDialer } from "../../src/proxy/mapped-dialer.ts";
import { createRuntime } from "../../src/runtime/runtime.ts";
import { Store } from "../../src/store/store.ts";
import { node, podNamed, run } from "./harness.ts";

/**
 * Answers after a moment with its pid, and lets requests finish when it is told to stop. It has each connection
 * closed then: one that is never idle would lead to it for as long as it may live.
 */
const SERVER = `
  let ending = false;
  const answer = (response) => {
    if (ending) response.setHeader("Connection", "close");
    response.end(String(process.pid));
  };
  const server = require("http").createServer((_, response) => setTimeout(answer, 5, response));
  server.listen(process.env.PORT, "127.0.0.1");
  process.on("SIGTERM", () => {
    ending = true;
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  });
`;

const service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web", namespace: "default" },
  spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: 8080 }] },
};

/** A gateway over local pods, by hand. */
async function serving(replicas: number) {
  const store = new Store({ controllers: standardControllers({}) });
  const target = { namespace: "default", selector: fromMap({ app: "web" }) };
  let became = (): void => {};
  const runtime = createRuntime({
    store,
    run: [run(node(SERVER), { target })],
    attach: [],
    onEvent: ({ type }) => {
      if (type === "ready") became();
    },
  });
  const balancer = createBalancer({ store });
  const dialer = mappedDialer((ip, port) => runtime.localAddressOf(ip, port), directDialer);
  const gateway = createGateway({ store, balancer, dialer });
  const pods = Array.from({ length: replicas }, (_, i) => podNamed(`web-${i}`));
  store.apply([service, ...pods].map((object) => ({ op: "put", object })));
  const ready = new Promise<void>((resolve) => {
    let count = 0;
    became = () => ++count === replicas && resolve();
  });
  runtime.start();
  await ready;
  const listening = await gateway.listen({ host: "127.0.0.1", port: 0 });
  return {
    runtime,
    port: listening.port,
    async [Symbol.asyncDispose]() {
      await listening.close();
      await runtime.close();
      balancer.close();
    },
  };
}

function ask(port: number, agent: Agent): Promise<string> {
  return new Promise((resolve) => {
    const call = request({ port, agent, headers: { host: "web" } }, (response) => {
      let body = "";
      response.on("data", (chunk) => (body += chunk));
      response.on("end", () => resolve(`${response.statusCode} ${body}`));
      response.on("error", (error) => resolve(`cut off: ${error.message}`));
    });
    call.on("error", (error) => resolve(`failed: ${error.message}`)).end();
  });
}

describe.each([1, 3])("a rolling restart of %i replicas under load", (replicas) => {
  it("loses no request", async () => {
    await using it = await serving(replicas);
    const agent = new Agent({ keepAlive: true });
    const answers = new Map<string, number>();
    let stopped = false;
    const client = async (): Promise<void> => {
      while (!stopped) {
        const answer = await ask(it.port, agent);
        answers.set(answer, (answers.get(answer) ?? 0) + 1);
      }
    };
    const clients = Array.from({ length: 8 }, client);
    expect(await it.runtime.restart()).toBe(true);
    expect(await it.runtime.restart()).toBe(true);
    // Connections that were pooled go on to the old ones until these are gone.
    await expect
      .poll(() => answers.size, { timeout: 120_000 })
      .toBeGreaterThanOrEqual(2 * replicas);
    stopped = true;
    await Promise.all(clients);
    agent.destroy();
    const lost = [...answers].filter(([answer]) => !answer.startsWith("200 "));
    expect(lost).toEqual([]);
  });
});
