import { hostPort } from "../../net/host-port.ts";
import type { FoundNameSystem, NameSystem } from "./name-system.ts";

/** The domains that are sent to our DNS, and where that listens. */
export interface Zone {
  /** `cluster.local`, and further zones that DNS answers like it. */
  readonly domains: readonly string[];
  readonly host: string;
  readonly port: number;
}

/** A file that sends a domain to our DNS. It belongs to us completely. */
export interface PlannedFile {
  readonly path: string;
  readonly text: string;
}

/** How a whole system is made to ask our DNS for a domain, and how that is undone. */
export interface ResolverPlan {
  /** The service that looks up names: `systemd-resolved`. */
  readonly who: string;
  readonly files: readonly PlannedFile[];
  /** Commands to run after the files were written. */
  readonly add: readonly ProgramCall[];
  /** Commands to run after the files were removed. */
  readonly remove: readonly ProgramCall[];
  /** Steps that the user has to do. */
  readonly notes: readonly string[];
  /** Why nothing can be done here; the notes say what the user can do. */
  readonly refusal?: string;
}

/** A program and its arguments. */
export type ProgramCall = readonly string[];

const MARK = "Made by kubelane resolver; kubelane resolver --remove takes it away.";

/** For each service that looks up names, how one domain and no other is sent to our DNS. */
export function resolverPlan({ name, isWsl }: FoundNameSystem, zone: Zone): ResolverPlan {
  const plan = PLANS[name](zone);
  const isForMulticast = zone.domains.every((domain) => domain.endsWith(".local"));
  return {
    ...plan,
    notes: [...plan.notes, ...(isForMulticast ? MULTICAST : []), ...(isWsl ? WSL : [])],
  };
}

const MULTICAST: readonly string[] = [
  "systems with multicast DNS (macOS, Avahi) may keep names under .local to themselves: a second zone is answered " +
    "alike, dns: { zones: [k8s.test] } in kubelane.yaml",
];

const WSL: readonly string[] = [
  "this is Linux within Windows: programs of Windows ask Windows; run kubelane resolver there, too, for those",
];

const PLANS: Readonly<Record<NameSystem, (zone: Zone) => ResolverPlan>> = {
  "systemd-resolved": ({ domains, host, port }) => ({
    who: "systemd-resolved",
    files: [
      {
        path: "/etc/systemd/resolved.conf.d/kubelane.conf",
        text: `# ${MARK}\n[Resolve]\nDNS=${at(host, port)}\nDomains=${domains.map((domain) => `~${domain}`).join(" ")}\nDNSSEC=no\n`,
      },
    ],
    add: [["systemctl", "restart", "systemd-resolved"]],
    remove: [["systemctl", "restart", "systemd-resolved"]],
    notes: port === 53 ? [] : ["ports other than 53 need systemd 246 or newer"],
  }),
  "network-manager": ({ domains, host, port }) => ({
    who: "NetworkManager, through dnsmasq",
    files: [
      {
        path: "/etc/NetworkManager/conf.d/kubelane.conf",
        text: `# ${MARK}\n[main]\ndns=dnsmasq\n`,
      },
      {
        path: "/etc/NetworkManager/dnsmasq.d/kubelane.conf",
        text: `# ${MARK}\nserver=/${domains.join("/")}/${host}#${port}\n`,
      },
    ],
    add: [["systemctl", "reload", "NetworkManager"]],
    remove: [["systemctl", "reload", "NetworkManager"]],
    notes: ["NetworkManager needs the program dnsmasq for this (Debian: dnsmasq-base)"],
  }),
  dnsmasq: ({ domains, host, port }) => ({
    who: "dnsmasq",
    files: [
      {
        path: "/etc/dnsmasq.d/kubelane.conf",
        text: `# ${MARK}\nserver=/${domains.join("/")}/${host}#${port}\n`,
      },
    ],
    add: [["systemctl", "restart", "dnsmasq"]],
    remove: [["systemctl", "restart", "dnsmasq"]],
    notes: [],
  }),
  macos: ({ domains, host, port }) => ({
    who: "macOS",
    files: domains.map((domain) => ({
      path: `/etc/resolver/${domain}`,
      text: `# ${MARK}\nnameserver ${host}\nport ${port}\n`,
    })),
    add: [],
    remove: [],
    notes: [
      "macOS has it at once; scutil --dns shows it; dig and nslookup don't go by it, curl and browsers do",
    ],
  }),
  windows: ({ domains, host, port }) => {
    const notes = ["it takes an administrator's PowerShell; Get-DnsClientNrptRule shows it"];
    const rule = `Get-DnsClientNrptRule | Where-Object Comment -eq kubelane | Remove-DnsClientNrptRule -Force`;
    const shell = (script: string): ProgramCall => ["powershell", "-NoProfile", "-Command", script];
    const plan = {
      who: "Windows (its name resolution policy table)",
      files: [],
      add: [
        shell(
          `${rule}; Add-DnsClientNrptRule -Namespace ${domains.map((domain) => `'.${domain}'`).join(",")} -NameServers '${host}' -Comment kubelane`,
        ),
      ],
      remove: [shell(rule)],
      notes,
    };
    return port === 53 ? plan : { ...plan, ...onlyPort53("Windows", port) };
  },
  "resolv.conf": ({ host, port }) => ({
    who: "/etc/resolv.conf",
    files: [],
    add: [],
    remove: [],
    refusal:
      "the programs here ask the servers of /etc/resolv.conf for all names; nothing leads one domain elsewhere",
    notes: [
      "with systemd-resolved it goes (in WSL: systemd=true below [boot] in /etc/wsl.conf, and wsl --shutdown)",
      `else let our DNS answer for all names: kubelane up --dns ${host}:53 --dns-upstream SERVER, where SERVER is ` +
        `the nameserver of /etc/resolv.conf, and write nameserver ${host} there instead`,
      ...(port === 53 ? [] : ["/etc/resolv.conf knows no ports"]),
    ],
  }),
};

function onlyPort53(who: string, port: number): Pick<ResolverPlan, "refusal" | "notes"> {
  return {
    refusal: `${who} asks servers at port 53 alone, and DNS listens at ${port}`,
    notes: ["let it listen there, and run this again: kubelane up --dns 127.0.0.1:53"],
  };
}

/** `127.0.0.1:10053`, `[::1]:10053`. */
function at(host: string, port: number): string {
  return port === 53 ? host : hostPort(host, port);
}
