import { expect, test } from "vitest";
import type { RuntimeEvent } from "../../src/runtime/event.ts";
import { StatusWriter } from "../../src/runtime/status-writer.ts";
import type { Operation } from "../../src/store/operation.ts";
import type { Store } from "../../src/store/store.ts";

const key = (name: string) => ({ kind: "Pod", namespace: "shop", name });
const status = { phase: "Pending" } as const;

/** A writer, and what it has written: the names in each batch. */
function writerWith(apply: (operations: readonly Operation[]) => void = () => {}) {
  const batches: string[][] = [];
  const events: RuntimeEvent[] = [];
  const store = {
    apply(operations: readonly Operation[]) {
      batches.push(operations.map((operation) => `${operation.op} ${nameOf(operation)}`));
      apply(operations);
    },
  } as Pick<Store, "apply">;
  return { writer: new StatusWriter(store, (event) => events.push(event)), batches, events };
}

function nameOf(operation: Operation): string {
  return "key" in operation ? operation.key.name : "";
}

test("what comes alone is a batch of its own", () => {
  const { writer, batches } = writerWith();
  writer.status(key("web-0"), status);
  writer.delete(key("web-0"));
  expect(batches).toEqual([["status web-0"], ["delete web-0"]]);
});

test("what comes together is one batch, however it is nested", () => {
  const { writer, batches } = writerWith();
  writer.together(() => {
    writer.status(key("web-0"), status);
    writer.together(() => writer.status(key("web-1"), status));
    writer.delete(key("web-2"));
    expect(batches).toEqual([]);
  });
  expect(batches).toEqual([["status web-0", "status web-1", "delete web-2"]]);
});

test("nothing together is no batch at all", () => {
  const { writer, batches } = writerWith();
  writer.together(() => {});
  expect(batches).toEqual([]);
});

test("what a batch sets off is written after it", () => {
  const { writer, batches } = writerWith((operations) => {
    if (operations.length < 2) return;
    writer.together(() => writer.status(key("late"), status));
  });
  writer.together(() => {
    writer.status(key("web-0"), status);
    writer.status(key("web-1"), status);
  });
  expect(batches).toEqual([["status web-0", "status web-1"], ["status late"]]);
});

test("work that fails writes nothing, and what follows is written again", () => {
  const { writer, batches } = writerWith();
  const fails = () =>
    writer.together(() => {
      writer.status(key("web-0"), status);
      throw new Error("no");
    });
  expect(fails).toThrow("no");
  writer.status(key("web-1"), status);
  expect(batches).toEqual([["status web-1"]]);
});

test("a store that can't take it is told of as an event", () => {
  const cause = new Error("a subscriber failed");
  const { writer, events } = writerWith(() => {
    throw cause;
  });
  writer.status(key("web-0"), status);
  const message = "while writing a pod's status: a subscriber failed";
  expect(events).toEqual([{ type: "error", message, cause }]);
});

test("nothing is written after the end", () => {
  const { writer, batches } = writerWith();
  writer.together(() => {
    writer.status(key("web-0"), status);
    writer.close();
  });
  writer.status(key("web-0"), status);
  expect(batches).toEqual([]);
});
