import type { ObjectKey } from "../../objects/object-key.ts";
import { type Pod, podIPs } from "../../objects/pod.ts";
import type { IPFamily } from "../../objects/service.ts";
import { type Attempt, describeRefusal, refusalOf } from "../../policies/decide.ts";
import { type Direction, isolationOf, type PolicyWorld } from "../../policies/isolation.ts";
import type { Change } from "../../store/operation.ts";
import type { Store } from "../../store/store.ts";
import type { StoreReader } from "../../store/store-reader.ts";
import {
  chainCommands,
  type PodChain,
  policyRemoval,
  policyRuleset,
  rulesOf,
} from "./policy-rules.ts";

export interface PolicyPlaneOptions {
  readonly store: StoreReader & Pick<Store, "subscribe">;
  /** Where the cluster's DNS answers. */
  readonly dns: string;
  /** Carries out commands of nft, all of them or none. @throws what nft says */
  run(commands: string): Promise<void>;
  /** Nothing is enforced any more. */
  onFault(error: Error): void;
}

/** A pod of the network, with every address that it has there. */
interface Member {
  readonly pod: Pick<ObjectKey, "namespace" | "name">;
  readonly addresses: readonly string[];
}

/** What the kernel has of a pod in one direction, at one of its addresses. */
interface ChainState extends PodChain {
  rules: readonly string[] | undefined;
}

const FAMILIES = ["IPv4", "IPv6"] as const satisfies readonly IPFamily[];
const DIRECTIONS = ["Ingress", "Egress"] as const satisfies readonly Direction[];
const POLICY = "NetworkPolicy.networking.k8s.io";
const KINDS: ReadonlySet<string> = new Set([POLICY, "Pod", "Namespace"]);

/** Has the kernel enforce NetworkPolicies between the pods of a network, by rules in its router's namespace. */
export class PolicyPlane {
  readonly #options: PolicyPlaneOptions;
  readonly #world: PolicyWorld;
  readonly #members = new Map<string, Member>();
  readonly #chains = new Map<string, ChainState>();
  readonly #unsubscribe: () => void;
  #families: readonly IPFamily[] | undefined;
  #isStale = false;
  #isClosed = false;
  #work: Promise<void> | undefined;
  /** Chains that no pod has any more; they are empty. */
  readonly #free: string[] = [];
  #count = 0;

  constructor(options: PolicyPlaneOptions) {
    this.#options = options;
    this.#world = {
      store: options.store,
      addressesOf: (pod) => this.#addressesOf(pod),
      furtherPods: [dnsPod(options.dns)],
    };
    this.#unsubscribe = options.store.subscribe((changes) => this.#follow(changes));
  }

  /** A pod is in the network from now on. Its policies are in force when {@link settled} resolves. */
  add(pod: Member["pod"], addresses: readonly string[]): void {
    for (const address of addresses) this.#members.set(address, { pod, addresses });
    this.#touch();
  }

  remove(addresses: readonly string[]): void {
    for (const address of addresses) this.#members.delete(address);
    this.#touch();
  }

  /** Why policies don't permit a connection that a relay would make for a pod; undefined when they do. */
  whyRefused(from: string, to: string, port: number, protocol: Attempt["protocol"]) {
    if (!this.#hasPolicies) return undefined;
    const attempt: Attempt = {
      from: { address: from, pod: this.#podAt(from) },
      to: { address: to, pod: this.#podAt(to) },
      port,
      protocol,
    };
    const refused = refusalOf(attempt, this.#world);
    return refused && describeRefusal(refused, attempt);
  }

  /** Resolves when the rules are as the store is now. */
  async settled(): Promise<void> {
    while (this.#work !== undefined) await this.#work;
  }

  close(): void {
    this.#isClosed = true;
    this.#unsubscribe();
  }

  get #hasPolicies(): boolean {
    return this.#options.store.list(POLICY).length > 0;
  }

  #follow(changes: readonly Change[]): void {
    if (changes.some(({ kind }) => KINDS.has(kind))) this.#touch();
  }

  /** Most clusters have no policy, and then nothing is to be done. */
  #touch(): void {
    if (this.#isClosed || (this.#chains.size === 0 && !this.#hasPolicies)) return;
    this.#isStale = true;
    this.#work ??= this.#flush().finally(() => {
      this.#work = undefined;
    });
  }

  async #flush(): Promise<void> {
    try {
      while (this.#isStale && !this.#isClosed) {
        await new Promise<void>((resolve) => setImmediate(resolve));
        this.#isStale = false;
        this.#families ??= await this.#install();
        const commands = this.#commands();
        if (commands !== "") await this.#options.run(commands);
      }
    } catch (error) {
      this.close();
      this.#chains.clear();
      for (const family of FAMILIES) await this.#options.run(policyRemoval(family)).catch(() => {});
      this.#options.onFault(error as Error);
    }
  }

  async #install(): Promise<readonly IPFamily[]> {
    const { run, dns } = this.#options;
    await run(policyRuleset("IPv4", dns));
    const hasIPv6 = await run(policyRuleset("IPv6", dns)).then(
      () => true,
      () => false,
    );
    return hasIPv6 ? FAMILIES : ["IPv4"];
  }

  #commands(): string {
    const commands: string[] = [];
    const left = new Set(this.#chains.keys());
    for (const { pod: key, addresses } of new Set(this.#members.values())) {
      const pod: Pod | undefined = this.#options.store.get("Pod", key.namespace, key.name);
      if (pod === undefined) continue;
      for (const direction of DIRECTIONS) {
        const isolation = isolationOf(pod, direction, this.#world);
        for (const address of addresses) {
          const family = familyOf(address);
          if (this.#families?.includes(family) !== true) continue;
          const id = `${direction} ${address}`;
          left.delete(id);
          const rules = isolation && rulesOf(isolation, direction, address);
          commands.push(this.#change(id, direction, address, rules));
        }
      }
    }
    for (const id of left) {
      const [direction, address = ""] = id.split(" ");
      commands.push(this.#change(id, direction as Direction, address, undefined));
      const gone = this.#chains.get(id);
      if (gone !== undefined) this.#free.push(gone.name);
      this.#chains.delete(id);
    }
    return commands.join("");
  }

  #change(
    id: string,
    direction: Direction,
    address: string,
    rules: readonly string[] | undefined,
  ): string {
    let state = this.#chains.get(id);
    if (state === undefined) {
      if (rules === undefined) return "";
      // Not one of this transaction's own: those are given back after the last pod.
      const name = this.#free.pop() ?? `pod-${++this.#count}`;
      state = { name, direction, address, rules: undefined };
      this.#chains.set(id, state);
    }
    const before = state.rules;
    state.rules = rules;
    if (before?.join("\n") === rules?.join("\n")) return "";
    return chainCommands(familyOf(address), state, rules, before !== undefined);
  }

  #podAt(address: string): Pod | undefined {
    const { store } = this.#options;
    const key = this.#members.get(address)?.pod;
    if (key !== undefined) return store.get("Pod", key.namespace, key.name);
    return store.list("Pod").find((pod) => podIPs(pod).includes(address));
  }

  #addressesOf(pod: Pod): readonly string[] {
    const own = podIPs(pod);
    const inside = own.flatMap((address) => this.#members.get(address)?.addresses ?? []);
    return [...new Set([...own, ...inside])];
  }
}

/** The cluster's DNS, as policies name it everywhere: here `up` answers, and no pod. */
function dnsPod(address: string): Pod {
  const port = { containerPort: 53 };
  const ports = [
    { ...port, name: "dns", protocol: "UDP" as const },
    { ...port, name: "dns-tcp", protocol: "TCP" as const },
  ];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "kube-dns", namespace: "kube-system", labels: { "k8s-app": "kube-dns" } },
    spec: { containers: [{ name: "dns", ports }] },
    status: { podIP: address, podIPs: [{ ip: address }] },
  };
}

const familyOf = (address: string): IPFamily => (address.includes(":") ? "IPv6" : "IPv4");
