import { expect, it } from "vitest";
import { inDeletionOrder } from "../../src/controllers/deletion-order.ts";
import type { Pod } from "../../src/objects/pod.ts";
import { type PodOptions, pod } from "./cluster.ts";

const COST = "controller.kubernetes.io/pod-deletion-cost";
const placed = (options: PodOptions = {}): Pod => pod({ spec: { nodeName: "n1" }, ...options });
const restarted = (restartCount: number): Pod => {
  const made = placed();
  const containerStatuses = [{ name: "main", ready: true, restartCount }];
  return { ...made, status: { ...made.status, containerStatuses } };
};
const readyAt = (lastTransitionTime: string): Pod => {
  const made = placed();
  const conditions = [{ type: "Ready", status: "True" as const, lastTransitionTime }];
  return { ...made, status: { ...made.status, conditions } };
};

it.each([
  ["one that is on no node", pod(), placed()],
  ["a Pending one", placed({ phase: "Pending" }), placed()],
  ["one in an unknown phase", placed({ phase: "Unknown" }), placed()],
  ["one that is not ready", placed({ ready: false }), placed()],
  ["a cheaper one", placed({ annotations: { [COST]: "-5" } }), placed()],
  ["one not dearer than nothing", placed(), placed({ annotations: { [COST]: "10" } })],
  [
    "one ready for a shorter time",
    readyAt("2026-01-02T00:00:00Z"),
    readyAt("2026-01-01T00:00:00Z"),
  ],
  ["one that restarted more often", restarted(3), restarted(1)],
])("%s goes first", (_, first, second) => {
  expect(inDeletionOrder([first, second])[0]).toBe(first);
  expect(inDeletionOrder([second, first])[0]).toBe(first);
});

it("the youngest goes first among equals, and a cost that is no number is none", () => {
  const [old, young] = [placed(), placed({ annotations: { [COST]: "much" } })];
  expect(inDeletionOrder([old, young])).toEqual([young, old]);
});

it("one that shares its node goes before one that is alone, though it is older", () => {
  const on = (nodeName: string) => pod({ name: nodeName, spec: { nodeName } });
  const [first, second, alone] = [on("n1"), on("n1"), on("n2")];
  expect(inDeletionOrder([first, second, alone])).toEqual([second, first, alone]);
  // Pods of the Deployment's other sets count too.
  const others = [on("n2"), on("n2")];
  expect(inDeletionOrder([second, alone], [second, alone, ...others])[0]).toBe(alone);
});
