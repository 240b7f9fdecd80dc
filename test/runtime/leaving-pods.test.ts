import { expect, test } from "vitest";
import { LeavingPods } from "../../src/runtime/leaving-pods.ts";
import type { LocalPod, StopOptions } from "../../src/runtime/local-pod.ts";

const WEB = { kind: "Pod", namespace: "shop", name: "web-0" };
const OTHER = { ...WEB, name: "web-1" };

/** A pod that ends when it is told to. */
class SlowPod implements LocalPod {
  readonly stops: StopOptions[] = [];
  readonly #ended: Promise<void>;
  #end: () => void = () => {};

  constructor() {
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  start(): void {}

  addressOf(): undefined {}

  stop(options: StopOptions = {}): Promise<void> {
    this.stops.push(options);
    return this.#ended;
  }

  async ends(): Promise<void> {
    this.#end();
    await new Promise(setImmediate);
  }
}

test("a pod is leaving until its processes have ended", async () => {
  const stopped: string[] = [];
  const leaving = new LeavingPods(({ name }) => stopped.push(name));
  const pod = new SlowPod();
  leaving.retire(WEB, pod, { closing: true });
  expect(pod.stops).toEqual([{ closing: true }]);
  expect([...leaving]).toEqual([pod]);
  expect(leaving.gone(OTHER)).toBeUndefined();
  const gone = leaving.gone(WEB);
  await pod.ends();
  await gone;
  expect(stopped).toEqual(["web-0"]);
  expect([...leaving]).toEqual([]);
  expect(leaving.gone(WEB)).toBeUndefined();
});

test("a later pod of the same name is gone when the earlier one is, too", async () => {
  const stopped: string[] = [];
  const leaving = new LeavingPods(({ name }) => stopped.push(name));
  const [first, second] = [new SlowPod(), new SlowPod()];
  leaving.retire(WEB, first, {});
  leaving.retire(WEB, second, {});
  await second.ends();
  expect(stopped).toEqual([]);
  expect(leaving.gone(WEB)).toBeDefined();
  await first.ends();
  expect(stopped).toEqual(["web-0", "web-0"]);
  expect(leaving.gone(WEB)).toBeUndefined();
});

test("the end waits for all, and may hasten them", async () => {
  const leaving = new LeavingPods(() => {});
  const pods = [new SlowPod(), new SlowPod()] as const;
  leaving.retire(WEB, pods[0], {});
  leaving.retire(OTHER, pods[1], {});
  let over = false;
  const end = leaving.end(50).then(() => {
    over = true;
  });
  expect(pods.map(({ stops }) => stops)).toEqual([
    [{}, { grace: 50 }],
    [{}, { grace: 50 }],
  ]);
  await pods[0].ends();
  expect(over).toBe(false);
  await pods[1].ends();
  await end;
});

test("a pod that left before another of its name is hastened as well", async () => {
  const leaving = new LeavingPods(() => {});
  const pods = [new SlowPod(), new SlowPod()] as const;
  for (const pod of pods) leaving.retire(WEB, pod, {});
  expect([...leaving]).toEqual(pods);
  const end = leaving.end(50);
  expect(pods.map(({ stops }) => stops.at(-1))).toEqual([{ grace: 50 }, { grace: 50 }]);
  for (const pod of pods) await pod.ends();
  await end;
  expect([...leaving]).toEqual([]);
});

test("the end leaves each its own time unless told otherwise", async () => {
  const leaving = new LeavingPods(() => {});
  const pod = new SlowPod();
  leaving.retire(WEB, pod, {});
  const end = leaving.end(undefined);
  expect(pod.stops).toEqual([{}]);
  await pod.ends();
  await end;
});
