import { formatFieldPath } from "../../diagnostics/diagnostic.ts";
import type { Engine } from "../../engine/engine.ts";
import { endpointName } from "../../objects/endpoint-name.ts";
import { SERVICE_NAME_LABEL } from "../../objects/endpoint-slice.ts";
import { describeObject } from "../../objects/object-key.ts";
import { isReady, type Pod } from "../../objects/pod.ts";
import { podState } from "../../objects/pod-state.ts";
import { selectorsOf } from "../../objects/selectors-of.ts";
import { isHeadless } from "../../objects/service.ts";
import { isStub, STUB } from "../../objects/stub.ts";
import { isolationOf } from "../../policies/isolation.ts";
import { selectedBy } from "../../store/selected.ts";
import type { StoreReader } from "../../store/store-reader.ts";
import { columns, type Section } from "../section.ts";
import { header } from "./object.ts";
import { selectorText } from "./selector-text.ts";

/** Describes a pod: its state, what selects it, and the names that lead to it. */
export function describePod(pod: Pod, engine: Engine, zone: string): Section[] {
  const { store } = engine;
  const state = isReady(pod) ? "yes" : `no: ${podState(pod)}`;
  return [
    header(pod, [
      ["takes traffic", state],
      ...(isStub(pod) ? [["stub", STUB.message] as const] : []),
    ]),
    { title: "selected by", lines: [...whoSelects(pod, store)] },
    { title: "network policies", lines: policiesOf(pod, store) },
    { title: "names", lines: [...namesOf(pod, engine, zone)] },
  ];
}

/** The policies that limit a pod's connections, for each direction in which one does. */
function policiesOf(pod: Pod, store: StoreReader): string[] {
  const rows = (["Ingress", "Egress"] as const).flatMap((direction) => {
    const isolation = isolationOf(pod, direction, { store });
    const names = isolation?.policies.map(({ metadata }) => metadata.name).join(", ");
    return names === undefined ? [] : [[direction.toLowerCase(), names]];
  });
  return columns(rows);
}

/** Every selector of any object that matches this pod, with its field. */
function* whoSelects(pod: Pod, store: StoreReader): Generator<string> {
  for (const kind of store.kinds()) {
    for (const object of store.list(kind)) {
      for (const use of selectorsOf(object)) {
        if (use.selects !== "Pod" || !selectedBy(use, store).includes(pod)) continue;
        yield `${describeObject(object)}, ${formatFieldPath(use.path)}: ${selectorText(use)}`;
      }
    }
  }
}

/** The names that lead to a pod at present: by the answers of DNS, and through ClusterIPs. */
function* namesOf(pod: Pod, { store, dns, balancer }: Engine, zone: string): Generator<string> {
  const { namespace = "", name } = pod.metadata;
  for (const slice of store.list("EndpointSlice.discovery.k8s.io", { namespace })) {
    const service = store.get(
      "Service",
      namespace,
      slice.metadata.labels?.[SERVICE_NAME_LABEL] ?? "",
    );
    const endpoint = slice.endpoints.find(
      ({ targetRef }) => targetRef?.kind === "Pod" && targetRef.name === name,
    );
    const [address] = endpoint?.addresses ?? [];
    if (service === undefined || endpoint === undefined || address === undefined) continue;
    const base = `${service.metadata.name}.${namespace}.svc.${zone}`;
    const isAnswered = (each: string) =>
      dns.find(each).entries?.some(({ host }) => host === address) ?? false;
    const own = `${endpointName(address, endpoint, false)}.${base}`;
    if (isHeadless(service) && isAnswered(own)) yield `${own}, this pod alone`;
    const isBalanced = (service.spec.ports ?? []).some((port) =>
      balancer.portOf(service, port).table.ready.backends.some((each) => each.address === address),
    );
    if (isHeadless(service) ? isAnswered(base) : isBalanced) {
      yield `${base}, among the pods of that Service`;
    }
  }
}
