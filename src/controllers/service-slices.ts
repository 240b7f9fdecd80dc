import type { Node } from "../objects/cluster.ts";
import {
  type EndpointPort,
  type EndpointSlice,
  HEADLESS_LABEL,
  MANAGED_BY_LABEL,
  SERVICE_NAME_LABEL,
} from "../objects/endpoint-slice.ts";
import { keyOf } from "../objects/object-key.ts";
import type { Pod } from "../objects/pod.ts";
import { type IPFamily, isHeadless, type Service } from "../objects/service.ts";
import { jsonEqual } from "../store/equal.ts";
import type { Operation } from "../store/operation.ts";
import { endpointPorts, portSetKey, portsAreFixed } from "./endpoint-ports.ts";
import { FamilySlices, hintedEndpoints, type PortSet, type Topology } from "./family-slices.ts";
import { freeName } from "./generated-name.ts";
import { controllerReference } from "./ownership.ts";
import { podEndpoint } from "./pod-endpoint.ts";
import type { Slice, SliceGroup } from "./slice-group.ts";

/** The value of the managed-by label on slices that the endpoint controller wrote. */
export const SLICE_CONTROLLER = "endpointslice-controller.k8s.io";

/** The slices of one Service, kept up to date pod by pod. */
export class ServiceSlices {
  #service: Service;
  readonly #pods = new Map<string, Member>();
  readonly #families = new Map<IPFamily, FamilySlices>();
  #fixed: PortSet | undefined;
  #nextName = 0;

  constructor(service: Service) {
    this.#service = service;
    this.#fixed = fixedPorts(service);
  }

  get service(): Service {
    return this.#service;
  }

  /** Names of the pods that are counted, with or without an endpoint. */
  get pods(): Iterable<string> {
    return this.#pods.keys();
  }

  /** Takes a new state of the Service. The caller puts all its pods again. */
  replaceService(service: Service): void {
    this.#service = service;
    this.#fixed = fixedPorts(service);
    this.invalidate();
  }

  /** Takes a new state of the Service in which nothing but its labels differs. */
  relabel(service: Service): void {
    this.#service = service;
  }

  /** Has every pod looked at again, as when nodes changed. */
  invalidate(): void {
    for (const member of this.#pods.values()) member.stale = true;
  }

  /**
   * Counts a pod in its present state.
   * @param node the pod's Node; undefined when it is on none, `unknown` when it is on one that is not known,
   *   which leaves the pod out of the slices (P.2).
   * @returns whether anything is to be written.
   */
  put(pod: Pod, node: Node | "unknown" | undefined): boolean {
    const { name } = pod.metadata;
    let member = this.#pods.get(name);
    if (member === undefined) {
      member = { pod, stale: false, groups: NO_GROUPS, ports: this.#portsOf(pod) };
      this.#pods.set(name, member);
    } else if (member.pod === pod && !member.stale) {
      return false;
    } else if (member.stale || member.pod.spec !== pod.spec) {
      member.ports = this.#portsOf(pod);
    }
    member.pod = pod;
    member.stale = false;
    let dirty = false;
    const groups: SliceGroup[] = [];
    for (const family of familiesOf(this.#service)) {
      if (node === "unknown") break;
      const endpoint = podEndpoint(this.#service, pod, family, node);
      if (endpoint === undefined) continue;
      const group = this.#family(family).group(member.ports);
      groups.push(group);
      if (group.put(name, endpoint)) dirty = true;
    }
    for (const group of member.groups) {
      if (groups.includes(group)) continue;
      group.remove(name);
      dirty = true;
    }
    member.groups = groups;
    return dirty;
  }

  /** @returns whether anything is to be written. */
  remove(pod: string): boolean {
    const member = this.#pods.get(pod);
    if (member === undefined) return false;
    this.#pods.delete(pod);
    for (const group of member.groups) group.remove(pod);
    return member.groups.length > 0;
  }

  /** Has a slice written again that somebody else changed or deleted. */
  restore(name: string): void {
    for (const slice of this.#slices()) if (slice.name === name) delete slice.written;
  }

  /** The operations that bring the store to where this is. */
  flush(isTaken: (name: string) => boolean, topology: Topology): Operation[] {
    const operations: Operation[] = [];
    const wanted = new Set(familiesOf(this.#service));
    for (const family of wanted) this.#family(family);
    const written = new Set<string>();
    const labels = sliceLabels(this.#service);
    for (const [family, slices] of this.#families) {
      const { empty, full } = slices.settle(wanted.has(family));
      slices.hint(this.#service, full, topology);
      for (const { slice, ports } of full) {
        // A slice that is no longer needed lends its name: one write instead of two.
        slice.name ??= empty.pop()?.name ?? this.#newName(isTaken, written);
        written.add(slice.name);
        const object = this.#object(slice, slice.name, family, ports, labels);
        if (object === slice.written) continue;
        slice.written = object;
        slice.changed = false;
        operations.push({ op: "put", object });
      }
      operations.push(...empty.flatMap(deletion));
      if (!wanted.has(family)) this.#families.delete(family);
    }
    return operations;
  }

  /** The names of the slices, and the objects as they were written. */
  *written(): Iterable<EndpointSlice> {
    for (const { written } of this.#slices()) if (written !== undefined) yield written;
  }

  #portsOf(pod: Pod): PortSet {
    return this.#fixed ?? portSet(this.#service, pod);
  }

  *#slices(): Iterable<Slice> {
    for (const family of this.#families.values()) yield* family.slices();
  }

  #family(family: IPFamily): FamilySlices {
    let slices = this.#families.get(family);
    if (slices === undefined) {
      slices = new FamilySlices();
      this.#families.set(family, slices);
    }
    return slices;
  }

  #newName(isTaken: (name: string) => boolean, written: ReadonlySet<string>): string {
    const { namespace, name } = this.#service.metadata;
    const seed = `${namespace}/${name}`;
    const free = freeName(`${name}-`, seed, this.#nextName, (candidate) => {
      return written.has(candidate) || isTaken(candidate);
    });
    this.#nextName = free.next;
    return free.name;
  }

  #object(
    slice: Slice,
    name: string,
    addressType: IPFamily,
    ports: readonly EndpointPort[],
    labels: Readonly<Record<string, string>>,
  ): EndpointSlice {
    const before = slice.written;
    const same =
      before !== undefined &&
      !slice.changed &&
      jsonEqual(before.metadata.labels, labels) &&
      before.metadata.ownerReferences?.[0]?.uid === this.#service.metadata.uid;
    if (same) return before;
    const { namespace } = this.#service.metadata;
    return {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: {
        name,
        ...(namespace === undefined ? {} : { namespace }),
        labels,
        ownerReferences: [controllerReference(this.#service)],
      },
      addressType,
      endpoints: hintedEndpoints(slice),
      ports,
    };
  }
}

/** A pod that is counted, as it was looked at last. */
interface Member {
  pod: Pod;
  stale: boolean;
  groups: readonly SliceGroup[];
  ports: PortSet;
}

const NO_GROUPS: readonly SliceGroup[] = [];

/** The IP families to make slices for; IPv4 as long as nobody has said. */
function familiesOf({ spec: { ipFamilies } }: Service): readonly IPFamily[] {
  return ipFamilies === undefined || ipFamilies.length === 0 ? IPV4 : ipFamilies;
}

const IPV4: readonly IPFamily[] = ["IPv4"];

function fixedPorts(service: Service): PortSet | undefined {
  return portsAreFixed(service) ? portSet(service, undefined) : undefined;
}

function portSet(service: Service, pod: Pod | undefined): PortSet {
  const ports = endpointPorts(service, pod);
  return { key: portSetKey(ports), ports };
}

function sliceLabels(service: Service): Readonly<Record<string, string>> {
  const { [HEADLESS_LABEL]: _, ...labels } = service.metadata.labels ?? {};
  return {
    ...labels,
    [SERVICE_NAME_LABEL]: service.metadata.name,
    [MANAGED_BY_LABEL]: SLICE_CONTROLLER,
    ...(isHeadless(service) ? { [HEADLESS_LABEL]: "" } : {}),
  };
}

function deletion({ written }: Slice): Operation[] {
  return written === undefined ? [] : [{ op: "delete", key: keyOf(written) }];
}
