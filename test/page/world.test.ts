import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createEngine } from "../../src/engine/engine.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import { worldPod } from "../../src/page/describe-world.ts";
import {
  applyChange,
  EMPTY_WORLD,
  type World,
  type WorldChange,
  type WorldPod,
} from "../../src/page/world.ts";

const pod = (id: string, restarts: number): WorldPod => ({
  id,
  namespace: "shop",
  name: id,
  labels: {},
  stage: "ready",
  restarts,
  home: "process",
});

const changes = fc.array(
  fc.record({
    put: fc.array(fc.tuple(fc.constantFrom("a", "b", "c", "d"), fc.nat(5)), { maxLength: 3 }),
    gone: fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 2 }),
  }),
);

test("says of a pod whether an echo answers for it", async () => {
  const position = { file: "kubelane.yaml", line: 1, column: 1 };
  await using engine = createEngine({ localPods: { run: [], attach: [], stub: [{ position }] } });
  await engine.load({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "a", namespace: "shop" },
    spec: { containers: [{ name: "main", image: "a" }] },
  } as KubernetesObject);
  engine.startPods();
  const told = () => worldPod(engine, engine.store.get("Pod", "shop", "a")!);
  await expect.poll(told, { timeout: 60_000 }).toMatchObject({ stage: "ready", home: "stub" });
});

describe("a world after changes", () => {
  test("is what was told last of each, without what is gone", () => {
    fc.assert(
      fc.property(changes, (all) => {
        const expected = new Map<string, number>();
        let world: World = EMPTY_WORLD;
        for (const { put, gone } of all) {
          const change: WorldChange = {
            pods: put.map(([id, restarts]) => pod(id, restarts)),
            gone: { pods: gone },
          };
          for (const id of gone) expected.delete(id);
          for (const [id, restarts] of put) expected.set(id, restarts);
          world = applyChange(world, change);
        }
        const told = [...world.pods].map(([id, { restarts }]) => [id, restarts] as const);
        expect(new Map(told)).toEqual(expected);
      }),
    );
  });

  test("is nothing but the snapshot after a snapshot", () => {
    const before = applyChange(EMPTY_WORLD, { pods: [pod("a", 0)], troubles: ["bad"] });
    const after = applyChange(before, { isSnapshot: true, pods: [pod("b", 0)] });
    expect([...after.pods.keys(), ...after.troubles]).toEqual(["b"]);
  });

  test("keeps maps in which nothing changed, so that nothing of them is drawn anew", () => {
    const before = applyChange(EMPTY_WORLD, { pods: [pod("a", 0)] });
    expect(applyChange(before, { troubles: ["bad"] }).pods).toBe(before.pods);
  });
});
