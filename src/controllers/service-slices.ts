import { append } from "../objects/append.ts";
import type { Node } from "../objects/cluster.ts";
import {
  type EndpointPort,
  type EndpointSlice,
  HEADLESS_LABEL,
  MANAGED_BY_LABEL,
  SERVICE_NAME_LABEL,
} from "../objects/endpoint-slice.ts";
import { extended } from "../objects/extended.ts";
import { keyOf, qualifiedName } from "../objects/object-key.ts";
import type { Pod } from "../objects/pod.ts";
import { type IPFamily, isHeadless, type Service } from "../objects/service.ts";
import { areTargetsFixed } from "../objects/target-port.ts";
import { jsonEqual } from "../store/equal.ts";
import type { Operation } from "../store/operation.ts";
import { hasEndpointPorts, type PortSet, portSet } from "./endpoint-ports.ts";
import { FamilySlices, hintedEndpoints, type Topology } from "./family-slices.ts";
import { freeName } from "./generated-name.ts";
import { controllerReference } from "./ownership.ts";
import { endpointFamilies, podEndpoint } from "./pod-endpoint.ts";
import type { Place, Slice } from "./slice-group.ts";

/** The value of the managed-by label on slices that the endpoint controller wrote. */
export const SLICE_CONTROLLER = "endpointslice-controller.k8s.io";

/** The slices of one Service, updated pod by pod. */
export class ServiceSlices {
  #service: Service;
  readonly #namesFrom: string;
  readonly #pods = new Map<string, Member>();
  readonly #families = new Map<IPFamily, FamilySlices>();
  /** Derived once from the Service, so that slices share the objects and comparing is cheap. */
  #marks: SliceMarks;
  #fixed: PortSet | undefined;
  /** The ports of the last pod: mostly those of the next one, too. */
  #lastPorts: PortSet | undefined;
  #nextName = 0;

  constructor(service: Service, namesFrom: string) {
    this.#service = service;
    this.#namesFrom = namesFrom;
    this.#marks = marksOf(service);
    this.#fixed = fixedPorts(service);
  }

  get service(): Service {
    return this.#service;
  }

  /** Names of the selected pods, with or without an endpoint. */
  get pods(): Iterable<string> {
    return this.#pods.keys();
  }

  /** Applies a new Service. The caller puts all its pods again. */
  replaceService(service: Service): void {
    this.#service = service;
    this.#marks = marksOf(service);
    this.#fixed = fixedPorts(service);
    this.#lastPorts = undefined;
    this.invalidate();
  }

  /** Applies a new Service in which only labels differ. */
  relabel(service: Service): void {
    this.#service = service;
    this.#marks = marksOf(service);
  }

  /** Makes every pod be checked again, after nodes changed. */
  invalidate(): void {
    for (const member of this.#pods.values()) member.stale = true;
  }

  /**
   * Applies a pod's present state.
   * @param node the pod's Node; undefined when it has none, `unknown` when that does not exist, which keeps the pod
   * out of the slices (P.2).
   * @returns whether anything has to be written.
   */
  put(pod: Pod, node: Node | "unknown" | undefined): boolean {
    const { name } = pod.metadata;
    let member = this.#pods.get(name);
    if (member === undefined) {
      member = { pod, stale: false, places: NOWHERE, ports: this.#portsOf(pod) };
      this.#pods.set(name, member);
    } else if (member.pod === pod && !member.stale) {
      return false;
    } else if (member.stale || member.pod.spec !== pod.spec) {
      member.ports = this.#portsOf(pod);
    }
    member.pod = pod;
    member.stale = false;
    return this.#place(member, node);
  }

  /** @returns whether anything has to be written. */
  remove(pod: string): boolean {
    const member = this.#pods.get(pod);
    if (member === undefined) return false;
    this.#pods.delete(pod);
    for (const place of member.places) place.group.remove(place);
    return member.places.length > 0;
  }

  /** Marks a slice to be written again, after another writer changed or deleted it. */
  restore(name: string): void {
    const slice = this.#slice(name);
    if (slice !== undefined) delete slice.written;
  }

  /** The operations that make the store equal to this state. */
  flush(isTaken: (name: string) => boolean, topology: Topology): Operation[] {
    const operations: Operation[] = [];
    const wanted = endpointFamilies(this.#service);
    for (const family of wanted) this.#family(family);
    const written = new Set<string>();
    for (const [family, slices] of this.#families) {
      const { empty, full } = slices.settle(wanted.includes(family));
      slices.hint(this.#service, full, topology);
      for (const { slice, ports } of full) {
        // A slice that is needed reuses the name of one that is not: one write instead of two.
        slice.name ??= empty.pop()?.name ?? this.#newName(isTaken, written);
        written.add(slice.name);
        const object = this.#object(slice, slice.name, family, ports);
        if (object === slice.written) continue;
        slice.written = object;
        slice.changed = false;
        operations.push({ op: "put", object });
      }
      append(operations, empty.flatMap(deletion));
      if (!wanted.includes(family)) this.#families.delete(family);
    }
    return operations;
  }

  /** Whether a slice is still as it was written. */
  isWritten(slice: EndpointSlice): boolean {
    const written = this.#slice(slice.metadata.name)?.written;
    return (
      written !== undefined &&
      jsonEqual(written.endpoints, slice.endpoints) &&
      jsonEqual(written.ports, slice.ports)
    );
  }

  /** The objects as they were written. */
  *written(): Iterable<EndpointSlice> {
    for (const { written } of this.#slices()) if (written !== undefined) yield written;
  }

  /** Puts a pod's endpoints into slices. @returns whether anything has to be written. */
  #place(member: Member, node: Node | "unknown" | undefined): boolean {
    const { pod, ports, places: before } = member;
    let dirty = false;
    const places: Place[] = [];
    for (const family of endpointFamilies(this.#service)) {
      const endpoint = podEndpoint(this.#service, pod, family, node);
      if (typeof endpoint === "string") continue;
      const place = before.find(({ group }) => {
        return group.family === family && group.portSet.key === ports.key;
      });
      if (place === undefined) {
        places.push(this.#family(family).group(ports).add(pod.metadata.name, endpoint));
        dirty = true;
      } else {
        places.push(place);
        if (place.group.update(place, endpoint)) dirty = true;
      }
    }
    for (const place of before) {
      if (places.includes(place)) continue;
      place.group.remove(place);
      dirty = true;
    }
    // Copied: an array that grew by push keeps spare capacity, which would double the memory.
    if (dirty) member.places = places.slice();
    return dirty;
  }

  #portsOf(pod: Pod): PortSet {
    if (this.#fixed !== undefined) return this.#fixed;
    const last = this.#lastPorts;
    if (last !== undefined && hasEndpointPorts(this.#service, pod, last.ports)) return last;
    this.#lastPorts = portSet(this.#service, pod);
    return this.#lastPorts;
  }

  *#slices(): Iterable<Slice> {
    for (const family of this.#families.values()) yield* family.slices();
  }

  #slice(name: string): Slice | undefined {
    for (const slice of this.#slices()) if (slice.name === name) return slice;
    return undefined;
  }

  #family(family: IPFamily): FamilySlices {
    let slices = this.#families.get(family);
    if (slices === undefined) {
      slices = new FamilySlices(family);
      this.#families.set(family, slices);
    }
    return slices;
  }

  #newName(isTaken: (name: string) => boolean, written: ReadonlySet<string>): string {
    const { namespace, name } = this.#service.metadata;
    const seed = qualifiedName(namespace, name);
    const free = freeName(`${name}-${this.#namesFrom}`, seed, this.#nextName, (candidate) => {
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
  ): EndpointSlice {
    const { labels, ownerReferences } = this.#marks;
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
        ownerReferences,
      },
      addressType,
      endpoints: hintedEndpoints(slice),
      ports,
    };
  }
}

/** A selected pod as it was last checked. */
interface Member {
  pod: Pod;
  stale: boolean;
  places: readonly Place[];
  ports: PortSet;
}

const NOWHERE: readonly Place[] = [];

function fixedPorts(service: Service): PortSet | undefined {
  return areTargetsFixed(service) ? portSet(service, undefined) : undefined;
}

/** The parts of a Service that are copied to its slices. */
type SliceMarks = Required<Pick<EndpointSlice["metadata"], "labels" | "ownerReferences">>;

function marksOf(service: Service): SliceMarks {
  return { labels: sliceLabels(service), ownerReferences: [controllerReference(service)] };
}

function sliceLabels(service: Service): Readonly<Record<string, string>> {
  const { [HEADLESS_LABEL]: _, ...labels } = service.metadata.labels ?? {};
  return extended(labels, {
    [SERVICE_NAME_LABEL]: service.metadata.name,
    [MANAGED_BY_LABEL]: SLICE_CONTROLLER,
    ...(isHeadless(service) ? { [HEADLESS_LABEL]: "" } : {}),
  });
}

function deletion({ written }: Slice): Operation[] {
  return written === undefined ? [] : [{ op: "delete", key: keyOf(written) }];
}
