import type { Engine } from "../../engine/engine.ts";
import { SERVICE_NAME_LABEL } from "../../objects/endpoint-slice.ts";
import { keyOf } from "../../objects/object-key.ts";
import { hasOwnProxy, type Service } from "../../objects/service.ts";
import type { Change } from "../../store/operation.ts";
import type { Talk } from "./talk.ts";

/** Tells when a Service loses its last live pod, and when it has one again. */
export function tellLiveServices(engine: Engine, talk: Talk): void {
  const live = new Map<string, boolean>();
  const idOf = (service: Service) => `${service.metadata.namespace}/${service.metadata.name}`;
  for (const service of engine.store.list("Service")) {
    live.set(idOf(service), engine.hasLiveEndpoint(service));
  }
  engine.on("changes", (changes) => {
    for (const id of touchedServices(changes)) {
      const [namespace = "", name = ""] = id.split("/");
      const service = engine.store.get("Service", namespace, name);
      if (service !== undefined && hasOwnProxy(service)) continue;
      if (service === undefined) {
        live.delete(id);
        continue;
      }
      const before = live.get(id);
      const now = engine.hasLiveEndpoint(service);
      live.set(id, now);
      // A new one without pods is no loss.
      if (before === now || (before === undefined && !now)) continue;
      if (now) talk.tell({ type: "service-live", service: id }, `${id}: has a live pod`);
      else {
        const reason = engine.whyNone(service);
        talk.tell({ type: "service-without-pods", service: id, reason }, `no live pod: ${reason}`);
      }
    }
  });
}

function touchedServices(changes: readonly Change[]): ReadonlySet<string> {
  const touched = new Set<string>();
  for (const { kind, object } of changes) {
    const { namespace = "", name } = keyOf(object);
    if (kind === "Service") touched.add(`${namespace}/${name}`);
    const owner = object.metadata.labels?.[SERVICE_NAME_LABEL];
    if (kind === "EndpointSlice.discovery.k8s.io" && owner) touched.add(`${namespace}/${owner}`);
  }
  return touched;
}
