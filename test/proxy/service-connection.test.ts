import http from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Dial } from "../../src/proxy/dial.ts";
import { connectToService } from "../../src/proxy/exchange/connection.ts";
import { isRefusal } from "../../src/proxy/refusal.ts";
import { TestCluster } from "./cluster.ts";

type Answer = (result: string | Error) => void;

describe("a connection to a Service", () => {
  let cluster: TestCluster;
  let answers: Answer[];
  let givenUp: number;
  const dial: Dial<string> = (_dialer, _target, _redials, callback) => {
    answers.push(callback);
    return () => {
      givenUp++;
    };
  };

  beforeEach(async () => {
    cluster = new TestCluster();
    answers = [];
    givenUp = 0;
    const pods = [await cluster.pod(http.createServer()), await cluster.pod(http.createServer())];
    cluster.serve("web", pods);
  });

  afterEach(() => cluster[Symbol.asyncDispose]());

  function connect(strict = false) {
    const { balancer, dialer, store } = cluster;
    const service = store.get("Service", "shop", "web");
    const [first] = service?.spec.ports ?? [];
    if (service === undefined || first === undefined) throw new Error("no Service");
    const port = balancer.portOf(service, first);
    const policy = { balancer, dialer, connectTimeout: 5_000, strict };
    const results: unknown[] = [];
    const connecting = connectToService(policy, { port }, {}, dial, (result) =>
      results.push(result),
    );
    const load = () => port.table.all.reduce((sum, each) => sum + each.load.active, 0);
    return { connecting, results, load };
  }

  /** Until somebody is called once more. */
  const dialled = (count: number) => expect.poll(() => answers.length).toBe(count);

  test("leases an endpoint, passes over one that refuses, and leaves the lease to who gets it", async () => {
    const { connecting, results, load } = connect();
    await dialled(1);
    expect(load()).toBe(1);
    answers[0]?.(new Error("refused"));
    await dialled(2);
    expect(load()).toBe(1);
    answers[1]?.("a connection");
    const [result] = results as [{ connection: string; attempt: { finish(): void } }];
    expect(result.connection).toBe("a connection");
    expect(connecting.attempts).toBe(2);
    expect(load()).toBe(1);
    result.attempt.finish();
    expect(load()).toBe(0);
  });

  test("gives every lease back when none can be connected to", async () => {
    const { results, load } = connect(true);
    await dialled(1);
    answers[0]?.(new Error("refused"));
    expect(results).toHaveLength(1);
    expect(isRefusal(results[0] as object)).toBe(true);
    expect(load()).toBe(0);
  });

  test("that is given up gives its lease back, dials no more, and tells nobody", async () => {
    const { connecting, results, load } = connect();
    await dialled(1);
    connecting.giveUp();
    expect({ givenUp, load: load() }).toEqual({ givenUp: 1, load: 0 });
    connecting.giveUp();
    expect(givenUp).toBe(1);
    expect(results).toEqual([]);
  });

  test("that is given up at once dials nobody", async () => {
    const { connecting, results, load } = connect();
    connecting.giveUp();
    await new Promise((resolve) => setImmediate(resolve));
    expect({ dialled: answers.length, results, load: load() }).toEqual({
      dialled: 0,
      results: [],
      load: 0,
    });
  });
});
