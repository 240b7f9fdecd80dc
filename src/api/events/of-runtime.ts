import { STUB } from "../../objects/stub.ts";
import type { RuntimeEvent } from "../../runtime/event.ts";
import type { StoreReader } from "../../store/store-reader.ts";
import { type Happening, involved } from "./of-change.ts";

/** The Events that a kubelet records for a Pod on its node. */
export function happeningsInRuntime(event: RuntimeEvent, store: StoreReader): Happening[] {
  if (!("pod" in event) || typeof event.pod === "string") return [];
  const pod = store.get("Pod", event.pod.namespace, event.pod.name);
  if (pod === undefined) return [];
  const container = "container" in event ? event.container : undefined;
  const base = {
    about: involved(pod),
    source: "kubelet",
    ...(container !== undefined && { fieldPath: `spec.containers{${container}}` }),
  } as const;
  switch (event.type) {
    case "started":
      return [{ ...base, type: "Normal", reason: "Started", message: "Container started" }];
    case "pulling": {
      const message = `Pulling image "${event.image}"`;
      return [{ ...base, type: "Normal", reason: "Pulling", message }];
    }
    case "exited":
      if (event.restartIn === undefined || event.exitCode === 0) return [];
      return [
        {
          ...base,
          type: "Warning",
          reason: "BackOff",
          message: `Back-off restarting failed container ${event.container} in pod ${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`,
        },
      ];
    case "ready":
      if (event.isStub !== true) return [];
      return [{ ...base, type: "Normal", reason: STUB.reason, message: STUB.message }];
    case "unhealthy":
      return [{ ...base, type: "Warning", reason: "Unhealthy", message: event.message }];
    case "not-ready":
      return [{ ...base, type: "Warning", reason: "Unhealthy", message: event.message }];
    case "restart-failed":
      return [{ ...base, type: "Warning", reason: "Failed", message: event.message }];
    default:
      return [];
  }
}
