import { describe, expect, it } from "vitest";
import {
  type NamespaceFacts,
  type Refusal,
  whyNoNamespace,
  whyOffline,
} from "../../src/network/refusal.ts";

const FACTS: NamespaceFacts = {
  platform: "linux",
  missing: [],
  distribution: ["debian"],
  isRoot: false,
  complaint: "unshare: unshare failed: Operation not permitted",
};

const CASES: readonly [name: string, facts: Partial<NamespaceFacts>, Refusal][] = [
  [
    "macOS",
    { platform: "darwin" },
    { reason: "network namespaces are Linux' own, and this is macOS" },
  ],
  [
    "Windows",
    { platform: "win32", missing: ["unshare"] },
    { reason: "network namespaces are Linux' own, and this is Windows" },
  ],
  [
    "Debian without ip",
    { missing: ["ip"] },
    { reason: "ip is not installed", allow: "sudo apt-get install iproute2" },
  ],
  [
    "Fedora without ip and unshare",
    { missing: ["unshare", "ip"], distribution: ["fedora"] },
    {
      reason: "unshare and ip are not installed",
      allow: "sudo dnf install util-linux iproute",
    },
  ],
  [
    "a derivative, by what it is like",
    { missing: ["nsenter"], distribution: ["linuxmint", "ubuntu", "debian"] },
    { reason: "nsenter is not installed", allow: "sudo apt-get install util-linux" },
  ],
  [
    "an unknown distribution",
    { missing: ["ip"], distribution: ["constructor"] },
    { reason: "ip is not installed" },
  ],
  [
    "BusyBox' tools",
    {
      distribution: ["alpine"],
      complaint: "unshare: unrecognized option: kill-child\nBusyBox v1.36",
    },
    {
      reason:
        "its `unshare` or `ip` is too old or too small: util-linux 2.36 and iproute2 are needed",
      allow: "sudo apk add util-linux iproute2",
    },
  ],
  [
    "a kernel without veth",
    { complaint: "Error: Unknown device type.\nCommand failed -:2" },
    { reason: "the kernel has no veth devices", allow: "sudo modprobe veth" },
  ],
  [
    "user namespaces off",
    { maxUserNamespaces: 0 },
    {
      reason: "user namespaces are switched off (user.max_user_namespaces is 0)",
      allow: "sudo sysctl user.max_user_namespaces=15000",
    },
  ],
  [
    "Debian's older switch",
    { maxUserNamespaces: 1000, unprivilegedUsernsClone: 0 },
    {
      reason: "the kernel keeps user namespaces to root (kernel.unprivileged_userns_clone is 0)",
      allow: "sudo sysctl kernel.unprivileged_userns_clone=1",
    },
  ],
  [
    "Ubuntu's AppArmor",
    {
      maxUserNamespaces: 1000,
      unprivilegedUsernsClone: 1,
      apparmorRestrictsUserns: 1,
      complaint: "unshare: write failed /proc/self/uid_map: Operation not permitted",
    },
    {
      reason:
        "AppArmor keeps user namespaces to programs with a profile (kernel.apparmor_restrict_unprivileged_userns is 1)",
      allow: "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0",
    },
  ],
  [
    "a container's seccomp profile, as root",
    { isRoot: true, maxUserNamespaces: 0 },
    {
      reason: "namespaces are forbidden here, as in a container with the default seccomp profile",
      allow:
        "docker run --cap-add SYS_ADMIN --cap-add NET_ADMIN --security-opt seccomp=unconfined …",
    },
  ],
  [
    "too many namespaces",
    { complaint: "unshare: unshare failed: No space left on device" },
    {
      reason: "the limit of namespaces is reached",
      allow: "sudo sysctl user.max_net_namespaces=15000 user.max_user_namespaces=15000",
    },
  ],
  [
    "something else, in its own words",
    { complaint: "first\nunshare: cannot change root filesystem propagation: Invalid argument\n" },
    { reason: "unshare: cannot change root filesystem propagation: Invalid argument" },
  ],
  [
    "something else, without the remarks after it",
    {
      complaint:
        "Error: Nexthop has invalid gateway.\nCommand failed -:7\n       dmesg(1) may have more information after failed mount system call.",
    },
    { reason: "Error: Nexthop has invalid gateway." },
  ],
  [
    "a system without a file to put one over",
    {
      complaint:
        "mount: /etc/resolv.conf: mount point does not exist.\n       dmesg(1) may have more information after failed mount system call.",
    },
    {
      reason:
        "/etc/resolv.conf is missing or leads nowhere, and a network's own can only go over one that is there",
      allow: 'sudo install -D /dev/null "$(readlink -m /etc/resolv.conf)"',
    },
  ],
  [
    "a system where that file is a link to nowhere",
    {
      complaint:
        "mount: /etc/resolv.conf: mount point is a symbolic link to nowhere.\n       dmesg(1) may have more information after failed mount system call.",
    },
    {
      reason:
        "/etc/resolv.conf is missing or leads nowhere, and a network's own can only go over one that is there",
      allow: 'sudo install -D /dev/null "$(readlink -m /etc/resolv.conf)"',
    },
  ],
  ["remarks alone", { complaint: "Command failed -:7" }, { reason: "the namespace ended at once" }],
  ["silence", { complaint: "" }, { reason: "the namespace ended at once" }],
];

describe("why there is no namespace", () => {
  it.each(CASES)("is said on %s", (_name, facts, refusal) => {
    expect(whyNoNamespace({ ...FACTS, ...facts })).toEqual(refusal);
  });
});

describe("why there is no way out", () => {
  it.each([
    [
      { message: "", missing: ["pasta", "nft"] },
      {
        reason: "pasta and nft are not installed",
        allow: "sudo apt-get install passt nftables",
      },
    ],
    [
      { message: "Failed to open() /dev/net/tun: Permission denied", missing: [] },
      {
        reason: "Failed to open() /dev/net/tun: Permission denied",
        allow: "sudo chmod 666 /dev/net/tun",
      },
    ],
    [
      { message: "External interface not usable", missing: [] },
      { reason: "External interface not usable" },
    ],
  ])("is said of %j", (error, refusal) => {
    expect(whyOffline(error, ["debian"])).toEqual(refusal);
  });
});
