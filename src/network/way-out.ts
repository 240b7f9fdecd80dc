import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { missingOf } from "./facts.ts";
import type { Namespace, NamespaceOptions } from "./namespace.ts";
import { nftScript, quote } from "./script-text.ts";

/** The address at which pods reach the machine's loopback: `pasta` maps the gateway of its network to it. */
export const MACHINE = "169.254.2.1";
/** The host name of that address. */
export const MACHINE_NAME = "host.kubelane.internal";

/** The router's address on the outside interface, and the interface's name. */
const OWN_ADDRESS = "169.254.2.2";
const INTERFACE = "outside";

/** Milliseconds until the interface must exist, and between checks for it. */
const PATIENCE = 5_000;
const LOOK = 5;

/** There is no way out of the network. */
export class OfflineError extends Error {
  override readonly name = "OfflineError";
  readonly code = "offline";
  /** Programs that were not found. */
  readonly missing: readonly string[];

  constructor(message: string, missing: readonly string[] = []) {
    super(message);
    this.missing = missing;
  }
}

/**
 * The way from a network to whatever this machine reaches: `pasta` gives the router an interface, and opens the
 * connections that leave through it like any program of this user.
 */
export class WayOut {
  readonly #keeper: ChildProcess;
  readonly #ended: Promise<void>;

  private constructor(keeper: ChildProcess, ended: Promise<void>) {
    this.#keeper = keeper;
    this.#ended = ended;
  }

  /** @throws OfflineError */
  static async open(namespace: Namespace, options: NamespaceOptions): Promise<WayOut> {
    const missing = missingOf(["pasta", "nft"], options.path);
    if (missing.length > 0) throw new OfflineError(`${missing.join(" and ")} not found`, missing);
    const { pid = 0 } = namespace;
    const keeper = spawn("sh", ["-c", keeperScript(pid, options.isRoot)], {
      env: { PATH: options.path },
      stdio: ["pipe", "ignore", "pipe"],
      // In a group of its own: Ctrl-C of a terminal is meant for the program that uses the network, which may take
      // its time to end.
      detached: true,
    });
    keeper.stdin?.on("error", () => {});
    let said = "";
    keeper.stderr?.on("data", (text) => (said += text));
    const ended = new Promise<void>((resolve) => {
      keeper.once("error", () => resolve());
      keeper.once("close", () => resolve());
    });
    const wayOut = new WayOut(keeper, ended);
    // Its output stays open as long as the process that watches for our end.
    keeper.once("exit", () => keeper.stdin?.end());
    const isThere = await Promise.race([hasInterface(pid), ended.then(() => false)]);
    if (!isThere) {
      await wayOut.close();
      throw new OfflineError(reasonIn(said));
    }
    await namespace.setUp(MASQUERADE);
    return wayOut;
  }

  async close(): Promise<void> {
    this.#keeper.stdin?.end();
    await this.#ended;
  }
}

/**
 * Runs pasta, and ends it when this process ends in whatever way, since then its input is closed. No connections from
 * outside are let in. The interface's addresses are given explicitly: copies of the machine's own could collide with
 * the cluster's.
 */
function keeperScript(pid: number, isRoot: boolean): string {
  const words = ["pasta", "--foreground", "--quiet", "--ipv4-only", "--config-net"];
  words.push("--tcp-ports", "none", "--udp-ports", "none", "--tcp-ns", "none", "--udp-ns", "none");
  words.push("--address", OWN_ADDRESS, "--netmask", "30", "--gateway", MACHINE);
  words.push("--ns-ifname", INTERFACE, "--no-dhcp", "--no-ra", "--no-ndp");
  // As root, pasta drops the capability to look into other processes before it looks for the network.
  if (isRoot) words.push("--runas", "0", "--netns-only", "--netns", "/proc/self/fd/9");
  else words.push("--userns", `/proc/${pid}/ns/user`, "--netns", `/proc/${pid}/ns/net`);
  return [
    "exec 3<&0",
    ...(isRoot ? [`exec 9</proc/${pid}/ns/net`] : []),
    `${words.map(quote).join(" ")} 3<&- &`,
    "pasta=$!",
    // A shell gives background processes /dev/null as input; only another file descriptor is inherited.
    '(cat <&3 >/dev/null; kill -9 "$pasta" 2>/dev/null) 9<&- &',
    "exec 3<&-",
    'wait "$pasta"',
  ].join("\n");
}

async function hasInterface(pid: number): Promise<boolean> {
  const deadline = performance.now() + PATIENCE;
  while (performance.now() < deadline) {
    const devices = await readFile(`/proc/${pid}/net/dev`, "utf8").catch(() => "");
    const routes = await readFile(`/proc/${pid}/net/route`, "utf8").catch(() => "");
    // The route is the last thing that pasta sets up.
    if (devices.includes(`${INTERFACE}:`) && /^outside\t00000000\t/m.test(routes)) return true;
    await setTimeout(LOOK);
  }
  return false;
}

/** A complaint about the log that it can't write is not the reason. */
function reasonIn(said: string): string {
  const lines = said.split("\n").filter((line) => line !== "" && !/syslog|for IPv6/.test(line));
  return lines.at(-1) ?? "pasta did not come up";
}

/** pasta knows one inner address, so all pods go out with the router's. */
const MASQUERADE = nftScript(`table ip kubelane {
  chain out {
    type nat hook postrouting priority 100; policy accept;
    oifname "${INTERFACE}" masquerade
  }
}
`);
