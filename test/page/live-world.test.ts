import { afterEach, expect, test } from "vitest";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { LiveWorld } from "../../src/page/live-world.ts";
import { applyChange, EMPTY_WORLD, type World, type WorldChange } from "../../src/page/world.ts";
import type { Source } from "../../src/sources/source.ts";

let engine: Engine;
let world: LiveWorld;

afterEach(async () => {
  world.close();
  await engine.close({ grace: 0 });
});

const service = (index: number) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { namespace: "shop", name: `s${index}` },
  spec: { selector: { app: `s${index}` }, ports: [{ port: 80 }] },
});

/** A world over that many Services, when all of them are described; with every change that was told. */
async function worldOf(count: number): Promise<WorldChange[]> {
  engine = createEngine();
  await engine.load(Array.from({ length: count }, (_, index) => service(index)));
  const told: WorldChange[] = [];
  await new Promise<void>((resolve) => {
    const onChange = (change: WorldChange) => {
      told.push(change);
      if (whole(told).services.size === count) resolve();
    };
    world = new LiveWorld({ engine, port: () => 8080, troubles: () => ["late"], onChange });
  });
  return told;
}

const whole = (parts: readonly WorldChange[]): World => parts.reduce(applyChange, EMPTY_WORLD);

test("a pod of a followed cluster is told from one of which no more than its object is known", async () => {
  const pod = (name: string) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace: "shop", name },
    spec: { containers: [{ name: "main", image: "x" }] },
  });
  engine = createEngine({ cluster: true });
  const source: Source = {
    start: async (sink) => {
      sink.apply([{ op: "put", object: pod("there") }]);
      return [];
    },
    reload: async () => [],
    owns: () => true,
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
  await engine.follow(source);
  await engine.load([pod("here")]);
  world = new LiveWorld({ engine, port: () => 8080, troubles: () => [], onChange: () => {} });
  const pods = [...world.snapshot()].flatMap((part) => part.pods ?? []);
  expect(pods.map(({ name, home }) => `${name} ${home}`).sort()).toEqual([
    "here elsewhere",
    "there remote",
  ]);
});

test("a large world is described in parts, so that requests come between", async () => {
  const told = await worldOf(450);
  expect(told.map(({ services = [] }) => services.length)).toEqual([200, 200, 50]);
});

test("a snapshot in parts is the whole", async () => {
  const told = await worldOf(450);
  const parts = [...world.snapshot()];
  expect(parts.map(({ isSnapshot = false }) => isSnapshot)).toEqual([true, false, false]);
  expect(whole(parts)).toEqual(whole(told));
  expect(whole(parts).troubles).toEqual(["late"]);
});

test("a snapshot in parts leaves out what has gone until its part is taken", async () => {
  await worldOf(250);
  const parts = world.snapshot();
  const first = parts.next().value as WorldChange;
  engine.store.apply([{ op: "delete", key: { kind: "Service", namespace: "shop", name: "s249" } }]);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(first.services).toHaveLength(200);
  expect([...parts].flatMap(({ services = [] }) => services.map(({ name }) => name))).toEqual(
    Array.from({ length: 49 }, (_, index) => `s${index + 200}`),
  );
});
