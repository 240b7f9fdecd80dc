/** Facts about this machine that decide whether namespaces can be made. */
export interface NamespaceFacts {
  readonly platform: NodeJS.Platform;
  /** Programs that were not found. */
  readonly missing: readonly string[];
  /** `ID` and `ID_LIKE` of /etc/os-release. */
  readonly distribution: readonly string[];
  /** Settings of the kernel; undefined where it doesn't know them. */
  readonly maxUserNamespaces?: number | undefined;
  readonly unprivilegedUsernsClone?: number | undefined;
  readonly apparmorRestrictsUserns?: number | undefined;
  readonly isRoot: boolean;
  /** The error messages of the attempt. */
  readonly complaint: string;
}

/** Why there is no namespace, and what to do. */
export interface Refusal {
  /** One sentence, without a full stop. */
  readonly reason: string;
  /** The command that allows it. */
  readonly allow?: string;
}

/** What still works without namespaces. */
export const INSTEAD =
  "without it: curl -x http://127.0.0.1:8080 http://NAME.NAMESPACE/, HTTP_PROXY=http://127.0.0.1:8080, or node --import kubelane/register";

/** Why no namespace can be made on this machine. */
export function whyNoNamespace(facts: NamespaceFacts): Refusal {
  const { platform, missing, complaint } = facts;
  if (platform !== "linux") {
    const name = SYSTEMS[platform] ?? platform;
    return { reason: `network namespaces are Linux' own, and this is ${name}` };
  }
  if (missing.length > 0) return notInstalled(missing, facts.distribution);
  if (/busybox|unrecognized option|invalid option|invalid argument '-batch'/i.test(complaint)) {
    const reason =
      "its `unshare` or `ip` is too old or too small: util-linux 2.36 and iproute2 are needed";
    return withCommand(reason, installCommand(["unshare", "ip"], facts.distribution));
  }
  if (/unknown device type|operation not supported/i.test(complaint)) {
    return withCommand("the kernel has no veth devices", "sudo modprobe veth");
  }
  return (facts.isRoot ? undefined : whyNoUserNamespace(facts)) ?? whyForbidden(complaint);
}

/** Why a network has no way out. */
export function whyOffline(
  { message, missing }: { readonly message: string; readonly missing: readonly string[] },
  distribution: readonly string[],
): Refusal {
  if (missing.length > 0) return notInstalled(missing, distribution);
  if (/\/dev\/net\/tun/.test(message)) {
    return { reason: message, allow: "sudo chmod 666 /dev/net/tun" };
  }
  return { reason: message };
}

/** Why relays balance connections between pods, and not the kernel. */
export function whyNoKernel(
  { message, missing }: { readonly message: string; readonly missing: readonly string[] },
  distribution: readonly string[],
): Refusal {
  return missing.length > 0 ? notInstalled(missing, distribution) : { reason: message };
}

function notInstalled(missing: readonly string[], distribution: readonly string[]): Refusal {
  const reason = `${missing.join(" and ")} ${missing.length > 1 ? "are" : "is"} not installed`;
  return withCommand(reason, installCommand(missing, distribution));
}

function whyNoUserNamespace(facts: NamespaceFacts): Refusal | undefined {
  if (facts.maxUserNamespaces === 0) {
    const reason = "user namespaces are switched off (user.max_user_namespaces is 0)";
    return { reason, allow: "sudo sysctl user.max_user_namespaces=15000" };
  }
  if (facts.unprivilegedUsernsClone === 0) {
    const reason =
      "the kernel keeps user namespaces to root (kernel.unprivileged_userns_clone is 0)";
    return { reason, allow: "sudo sysctl kernel.unprivileged_userns_clone=1" };
  }
  if (facts.apparmorRestrictsUserns === 1) {
    const reason =
      "AppArmor keeps user namespaces to programs with a profile (kernel.apparmor_restrict_unprivileged_userns is 1)";
    return { reason, allow: "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0" };
  }
  return undefined;
}

function whyForbidden(complaint: string): Refusal {
  if (/no space left/i.test(complaint)) {
    const reason = "the limit of namespaces is reached";
    return {
      reason,
      allow: "sudo sysctl user.max_net_namespaces=15000 user.max_user_namespaces=15000",
    };
  }
  if (/operation not permitted|permission denied/i.test(complaint)) {
    return {
      reason: "namespaces are forbidden here, as in a container with the default seccomp profile",
      allow:
        "docker run --cap-add SYS_ADMIN --cap-add NET_ADMIN --security-opt seccomp=unconfined …",
    };
  }
  const [, file] = NO_MOUNT_POINT.exec(complaint) ?? [];
  if (file !== undefined) {
    return {
      reason: `${file} is missing or leads nowhere, and a network's own can only go over one that is there`,
      allow: `sudo install -D /dev/null "$(readlink -m ${file})"`,
    };
  }
  return { reason: lineThatMatters(complaint) ?? "the namespace ended at once" };
}

const SYSTEMS: Readonly<Record<string, string>> = { darwin: "macOS", win32: "Windows" };

const PACKAGES: Readonly<Record<string, string>> = {
  unshare: "util-linux",
  nsenter: "util-linux",
  mount: "util-linux",
  ip: "iproute2",
  pasta: "passt",
  nft: "nftables",
  docker: "docker.io",
};

/** How each distribution installs packages; Fedora calls iproute2 iproute. */
const INSTALLERS: Readonly<Record<string, string>> = {
  debian: "sudo apt-get install",
  ubuntu: "sudo apt-get install",
  fedora: "sudo dnf install",
  rhel: "sudo dnf install",
  alpine: "sudo apk add",
  arch: "sudo pacman -S",
  suse: "sudo zypper install",
};

/** How a distribution installs programs; undefined where that is not known. */
export function installCommand(
  programs: readonly string[],
  distribution: readonly string[],
): string | undefined {
  const known = distribution.find((id) => Object.hasOwn(INSTALLERS, id));
  if (known === undefined) return undefined;
  const redHat = known === "fedora" || known === "rhel";
  const packages = programs.map((program) => PACKAGES[program] ?? program);
  const names = packages.map((name) => (redHat && name === "iproute2" ? "iproute" : name));
  return `${INSTALLERS[known]} ${[...new Set(names)].join(" ")}`;
}

function withCommand(reason: string, allow: string | undefined): Refusal {
  return allow === undefined ? { reason } : { reason, allow };
}

/** The last line that doesn't belong to the one before it. */
function lineThatMatters(text: string): string | undefined {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.findLast((line) => line !== "" && !REMARK.test(line));
}

const NO_MOUNT_POINT =
  /^mount: (\/etc\/\S+): mount point (?:does not exist|is a symbolic link to nowhere)/m;

const REMARK = /^(?:dmesg\(1\) may have|Command failed -:\d+$|Node\.js v\d)/;
