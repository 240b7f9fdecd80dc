import type { Diagnostic, FieldPath } from "../diagnostics/diagnostic.ts";
import { DEFAULT_SERVICE_RANGE } from "../net/address-pool.ts";
import { Cidr } from "../net/cidr.ts";
import type { MirroredRange } from "../net/mirror-collision.ts";
import { DEFAULT_NODE_PORT_RANGE, type PortRange } from "../net/port-pool.ts";
import { qualifiedName } from "../objects/object-key.ts";
import type { Service, ServiceSpec } from "../objects/service.ts";
import type { IPAddress, ServiceCIDR } from "../objects/service-cidr.ts";
import { jsonEqual } from "../store/equal.ts";
import type { Operation } from "../store/operation.ts";
import type { StoreReader } from "../store/store-reader.ts";
import {
  addressFinding,
  mirrorFinding,
  noAddressFinding,
  noPortFinding,
  portFinding,
  strandedFinding,
} from "./address-findings.ts";
import { allocatedSpec } from "./allocated-spec.ts";
import { ClusterIPAllocator } from "./cluster-ip-allocator.ts";
import { NodePortAllocator } from "./node-port-allocator.ts";
import { type ServiceDemand, serviceDemand } from "./service-demand.ts";
import { ServiceRanges } from "./service-ranges.ts";

export interface AddressOptions {
  /** One range per family, the primary family first. Default: 10.96.0.0/12 alone. */
  readonly serviceRanges?: readonly string[];
  /** Default 30000–32767. */
  readonly nodePortRange?: PortRange;
  /**
   * Other addresses with loopback mirrors: a ServiceCIDR whose mirror would overlap these, or another Service range,
   * is not used. Default: mirrors are ignored.
   */
  readonly mirrored?: readonly MirroredRange[];
  /** Called once for everything that can't be allocated, and again if it recurs after it was resolved. */
  readonly onFinding?: (finding: Diagnostic) => void;
}

/** The state of one Service. */
interface Entry {
  /** The input, before anything was filled in. */
  input: ServiceSpec;
  /** The output; when it is seen again, it is no new input. */
  written: ServiceSpec | undefined;
  addresses: readonly string[];
  nodePorts: ReadonlySet<number>;
  /** Findings that were reported and hold. */
  findings: ReadonlySet<string>;
}

/** One Service during an update. */
interface Draft {
  readonly owner: string;
  readonly service: Service;
  readonly entry: Entry;
  readonly demand: ServiceDemand;
  readonly addresses: (string | undefined)[];
  readonly nodePorts: (number | undefined)[];
  healthCheckNodePort: number | undefined;
  readonly findings: Diagnostic[];
}

/** Addresses and ports of all Services. */
export class ServiceAllocation {
  readonly #clusterIPs: ClusterIPAllocator;
  readonly #nodePorts: NodePortAllocator;
  readonly #onFinding: (finding: Diagnostic) => void;
  readonly #entries = new Map<string, Entry>();
  readonly #ranges: ServiceRanges;
  /** Whether addresses may have become free. */
  #grown = false;

  constructor({ serviceRanges, nodePortRange, mirrored, onFinding }: AddressOptions) {
    const own = serviceRanges ?? [DEFAULT_SERVICE_RANGE];
    this.#clusterIPs = new ClusterIPAllocator(own);
    this.#nodePorts = new NodePortAllocator(nodePortRange ?? DEFAULT_NODE_PORT_RANGE);
    this.#onFinding = onFinding ?? (() => {});
    this.#ranges = new ServiceRanges({
      own,
      mirrored,
      onCollision: (name, message) => this.#onFinding(mirrorFinding(name, message)),
      onChange: (name, before, after) => this.#replaceRanges(name, before, after),
    });
  }

  /** Applies a ServiceCIDR; absent when it was deleted. Services keep their addresses of it. */
  setRange(name: string, cidr: ServiceCIDR | undefined): void {
    this.#ranges.set(name, cidr);
  }

  #replaceRanges(name: string, before: readonly string[], ranges: readonly string[]): void {
    this.#clusterIPs.setRanges(name, ranges);
    this.#grown = true;
    const gone = before.filter((range) => !ranges.includes(range)).map((range) => new Cidr(range));
    if (gone.length === 0) return;
    for (const [owner, { addresses }] of this.#entries) {
      for (const address of addresses) {
        const wasThere = gone.some((range) => range.contains(address));
        if (!wasThere || this.#clusterIPs.contains(address)) continue;
        this.#onFinding(strandedFinding(owner, address, name));
      }
    }
  }

  /** Applies an IPAddress; absent when it was deleted. */
  setAddress(name: string, address: IPAddress | undefined): void {
    if (address === undefined) {
      this.#clusterIPs.unpin(name);
      this.#grown = true;
      return;
    }
    const { group = "", resource, namespace, name: parent } = address.spec.parentRef;
    const isService = group === "" && resource === "services";
    const holder = isService ? `Service ${namespace}/${parent}` : `IPAddress ${name}`;
    this.#clusterIPs.pin(name, {
      ...(isService && { owner: qualifiedName(namespace, parent) }),
      holder,
    });
  }

  /** All releases come before all explicit claims, and these before all allocations. */
  update(dirty: ReadonlyMap<string, Service | undefined>, store: StoreReader): Operation[] {
    let released = this.#grown ? 1 : 0;
    this.#grown = false;
    let drafts: Draft[] = [];
    for (const [owner, service] of dirty) {
      if (service === undefined) released += this.#forget(owner);
      else if (service.spec !== this.#entries.get(owner)?.written) {
        const draft = this.#draft(owner, service);
        released += this.#releaseUnwanted(draft);
        drafts.push(draft);
      }
    }
    if (released > 0) drafts = [...this.#waiting(dirty, store), ...drafts];
    // Older Services first; those of the same age in their order.
    drafts.sort((a, b) => compare(createdAt(a.service), createdAt(b.service)));
    for (const draft of drafts) this.#claim(draft);
    for (const draft of drafts) this.#allocate(draft);
    return drafts.flatMap((draft) => this.#write(draft));
  }

  #forget(owner: string): number {
    const entry = this.#entries.get(owner);
    if (entry === undefined) return 0;
    this.#entries.delete(owner);
    for (const address of entry.addresses) this.#clusterIPs.release(address);
    for (const port of entry.nodePorts) this.#nodePorts.release(port);
    return entry.addresses.length + entry.nodePorts.size;
  }

  /** Services that lack what may have become free. */
  #waiting(dirty: ReadonlyMap<string, unknown>, store: StoreReader): Draft[] {
    const drafts: Draft[] = [];
    for (const [owner, entry] of this.#entries) {
      if (entry.findings.size === 0 || dirty.has(owner)) continue;
      const slash = owner.indexOf("/");
      const service = store.get("Service", owner.slice(0, slash), owner.slice(slash + 1));
      if (service !== undefined) drafts.push(this.#draft(owner, service));
    }
    return drafts;
  }

  #draft(owner: string, service: Service): Draft {
    const known = this.#entries.get(owner);
    const input =
      known !== undefined && service.spec === known.written ? known.input : service.spec;
    const entry: Entry = known ?? {
      input,
      written: undefined,
      addresses: [],
      nodePorts: new Set(),
      findings: new Set(),
    };
    this.#entries.set(owner, entry);
    entry.input = input;
    const demand =
      input.type === "ExternalName"
        ? NOTHING
        : serviceDemand(input, entry.written, this.#clusterIPs.families);
    return {
      owner,
      service,
      entry,
      demand,
      addresses: [...demand.addresses],
      nodePorts: demand.nodePorts.map((port) => port || undefined),
      healthCheckNodePort: demand.healthCheckNodePort || undefined,
      findings: [],
    };
  }

  #releaseUnwanted({ entry, addresses, nodePorts, healthCheckNodePort }: Draft): number {
    const lost = entry.addresses.filter((address) => !addresses.includes(address));
    const closed = [...entry.nodePorts].filter(
      (port) => !nodePorts.includes(port) && port !== healthCheckNodePort,
    );
    for (const address of lost) this.#clusterIPs.release(address);
    for (const port of closed) this.#nodePorts.release(port);
    return lost.length + closed.length;
  }

  #claim(draft: Draft): void {
    const { owner, demand, addresses, nodePorts } = draft;
    for (const [i, address] of demand.addresses.entries()) {
      if (address === undefined) continue;
      const refusal = this.#clusterIPs.claim(address, owner, demand.admitted);
      if (refusal === undefined) continue;
      addresses[i] = undefined;
      const path =
        draft.entry.input.clusterIPs === undefined
          ? ["spec", "clusterIP"]
          : ["spec", "clusterIPs", i];
      draft.findings.push(
        addressFinding(
          draft.service,
          path,
          address,
          refusal,
          this.#clusterIPs.describeRanges(address),
        ),
      );
    }
    for (const [i, port] of demand.nodePorts.entries()) {
      if (!port || this.#claimPort(draft, port, ["spec", "ports", i, "nodePort"])) continue;
      nodePorts[i] = undefined;
    }
    const health = draft.healthCheckNodePort;
    if (health !== undefined && !this.#claimPort(draft, health, ["spec", "healthCheckNodePort"])) {
      draft.healthCheckNodePort = undefined;
    }
  }

  #claimPort(draft: Draft, port: number, path: FieldPath): boolean {
    const refusal = this.#nodePorts.claim(port, draft.owner, draft.demand.admitted);
    if (refusal !== undefined) {
      draft.findings.push(portFinding(draft.service, path, port, refusal, this.#nodePorts.range));
    }
    return refusal === undefined;
  }

  #allocate(draft: Draft): void {
    const { owner, demand, addresses, nodePorts, entry } = draft;
    for (const [i, family] of demand.families.entries()) {
      if (i >= demand.addresses.length || demand.addresses[i] !== undefined) continue;
      addresses[i] = this.#clusterIPs.allocate(family, owner);
      if (addresses[i] === undefined) draft.findings.push(noAddressFinding(draft.service, family));
    }
    const ports = entry.input.ports ?? [];
    for (const [i, wanted] of demand.nodePorts.entries()) {
      if (wanted !== undefined) continue;
      const port = ports[i]!;
      // One number on two protocols gets one node port.
      const twin = ports.findIndex(
        (other, j) => other.port === port.port && nodePorts[j] !== undefined,
      );
      nodePorts[i] =
        nodePorts[twin] ?? this.#nodePorts.allocate(owner, port.name ?? String(port.port));
      if (nodePorts[i] === undefined)
        draft.findings.push(noPortFinding(draft.service, i, this.#nodePorts.range));
    }
    if (demand.healthCheckNodePort === undefined) {
      draft.healthCheckNodePort = this.#nodePorts.allocate(owner, "health check");
    }
  }

  #write(draft: Draft): Operation[] {
    const { entry, service } = draft;
    entry.addresses = draft.addresses.filter((address) => address !== undefined);
    entry.nodePorts = new Set(
      [...draft.nodePorts, draft.healthCheckNodePort].filter((port) => port !== undefined),
    );
    const before = entry.findings;
    entry.findings = new Set(draft.findings.map((finding) => finding.message));
    for (const finding of draft.findings) {
      if (!before.has(finding.message)) this.#onFinding(finding);
    }
    const spec = allocatedSpec(entry.input, draft.demand, { ...draft, addresses: entry.addresses });
    entry.written = jsonEqual(spec, service.spec) ? service.spec : spec;
    return entry.written === service.spec
      ? []
      : [{ op: "put", object: { ...service, spec: entry.written } }];
  }
}

const NOTHING: ServiceDemand = {
  families: [],
  familyPolicy: "SingleStack",
  addresses: [],
  nodePorts: [],
  healthCheckNodePort: false,
  admitted: false,
};

function createdAt(service: Service): string {
  return service.metadata.creationTimestamp ?? "";
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
