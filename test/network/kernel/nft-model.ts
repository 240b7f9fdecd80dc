import { Cidr } from "../../../src/net/cidr.ts";

/** What becomes of a new connection. */
export type Outcome =
  /** One of these, each as likely as another. */
  | { readonly to: readonly string[] }
  /** The rules have nothing for it: whatever listens there gets it. */
  | "passed"
  | "dropped";

interface Table {
  readonly chains: Map<string, string[]>;
  readonly maps: Map<string, Map<string, string>>;
}

/**
 * The part of nft that the rules use: it takes commands as strictly as the kernel does (no element twice, none deleted
 * that isn't there, no way to a chain that isn't there), and follows a connection through the maps.
 */
export class NftModel {
  readonly #tables = new Map<string, Table>();

  /** All or nothing. @throws Error as nft does */
  run(commands: string): void {
    const before = structuredClone(this.#tables);
    try {
      for (const line of commandsOf(commands)) this.#take(line);
    } catch (error) {
      this.#tables.clear();
      for (const [name, table] of before) this.#tables.set(name, table);
      throw error;
    }
  }

  get tables(): string[] {
    return [...this.#tables.keys()];
  }

  /** The elements of a map or set, by key. */
  elements(family: "ip" | "ip6", map: string): ReadonlyMap<string, string> {
    return this.#table(`${family} kubelane-services`).maps.get(map) ?? new Map();
  }

  connect(client: string, address: string, port: number, protocol: "tcp" | "udp"): Outcome {
    const family = address.includes(":") ? "ip6" : "ip";
    const get = (map: string, key: string) => this.elements(family, map).get(key);
    const place = `${address} . ${protocol} . ${port}`;
    const way = get("ways", place);
    switch (get("gates", place)) {
      case "drop":
        return "dropped";
      case "jump guard": {
        const own = `${place} . `;
        const ranges = [...this.elements(family, "allowed").keys()].filter((key) =>
          key.startsWith(own),
        );
        const isAllowed = ranges.some((key) => new Cidr(key.slice(own.length)).contains(client));
        if (!isAllowed) return "dropped";
      }
    }
    if (way === undefined) return "passed";
    const chain = /^goto (\S+)$/.exec(get("choices", way) ?? "")?.[1] ?? "";
    const [kind, ...numbers] = chain.split("-").map((word, i) => (i === 0 ? word : Number(word)));
    const count = Number(numbers.at(-1));
    const to: string[] = [];
    for (let i = 0; i < count; i++) {
      const number = kind === "random" ? `${i}` : get("drawn", `${way} . ${i}`);
      const endpoint = get("endpoints", `${way} . ${number}`);
      if (endpoint === undefined) throw new Error(`${place}: no endpoint ${i}`);
      if (kind === "session" && get("members", `${way} . ${number}`) !== `goto keep-${numbers[0]}`)
        throw new Error(`${place}: endpoint ${i} is no member`);
      to.push(endpoint);
    }
    return { to };
  }

  #table(name: string): Table {
    const table = this.#tables.get(name);
    if (table === undefined) throw new Error(`Error: no table ${name}`);
    return table;
  }

  #take(line: string): void {
    const whole = /^table (\S+ \S+) \{$/m.exec(line);
    if (whole !== null) {
      this.#takeTable(whole[1] as string, line);
      return;
    }
    const [, verb, kind, name, rest = ""] = /^(\w+) (\w+) (\S+ \S+) ?(.*)$/.exec(line) ?? [];
    if (verb === "delete" && kind === "table") {
      this.#table(name as string);
      this.#tables.delete(name as string);
      return;
    }
    const { chains, maps } = this.#table(name as string);
    const [first = "", ...words] = rest.split(" ");
    switch (`${verb} ${kind}`) {
      case "add chain":
        chains.set(first, chains.get(first) ?? []);
        return;
      case "add rule": {
        const rule = words.join(" ");
        const [, to] = /^goto (\S+)$/.exec(rule) ?? [];
        if (to !== undefined && !chains.has(to)) throw new Error(`Error: no chain ${to}`);
        chains.get(first)?.push(rule);
        return;
      }
      case "add element":
      case "delete element": {
        const map = maps.get(first);
        if (map === undefined) throw new Error(`Error: no map ${first}`);
        for (const element of /^\{ (.*) \}$/.exec(words.join(" "))?.[1]?.split(", ") ?? []) {
          const [, key = "", , value = ""] = /^(.*?)( : (.*))?$/.exec(element) ?? [];
          if (verb === "delete") {
            if (!map.delete(key)) throw new Error(`Error: no element ${key} in ${first}`);
            continue;
          }
          if (map.has(key)) throw new Error(`Error: element ${key} is in ${first}`);
          const [, to] = /^(?:goto|jump) (\S+)$/.exec(value) ?? [];
          if (to !== undefined && !chains.has(to)) throw new Error(`Error: no chain ${to}`);
          map.set(key, value);
        }
        return;
      }
      default:
        throw new Error(`Error: what is ${line}?`);
    }
  }

  #takeTable(name: string, text: string): void {
    const chains = [...text.matchAll(/chain (\S+) \{/g)].map(([, chain]) => chain as string);
    const maps = [...text.matchAll(/(?:map|set) (\S+) \{/g)].map(([, map]) => map as string);
    this.#tables.set(name, {
      chains: new Map(chains.map((chain) => [chain, []])),
      maps: new Map(maps.map((map) => [map, new Map()])),
    });
  }
}

/** A table in braces is one. */
function commandsOf(text: string): string[] {
  return [...text.matchAll(/^table [\s\S]*?^\}$|^.+$/gm)].map(([command]) => command);
}
