import type { FieldPath } from "../../diagnostics/diagnostic.ts";
import { isAddressRange } from "../address-range.ts";
import type { PodDisruptionBudget } from "../disruption-budget.ts";
import { isIntOrPercent } from "../int-or-percent.ts";
import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from "../network-policy.ts";
import { isPortNumber, portNameProblem } from "../port-name.ts";
import { quote } from "../read-shape.ts";
import type { Report, Rule } from "../rule.ts";

const peer: Rule<NetworkPolicy> = {
  id: "network-policy-peer",
  severity: "error",
  check({ spec: { ingress = [], egress = [] } }, report) {
    for (const [i, { from = [] }] of ingress.entries()) {
      for (const [j, one] of from.entries())
        checkPeer(["spec", "ingress", i, "from", j], one, report);
    }
    for (const [i, { to = [] }] of egress.entries()) {
      for (const [j, one] of to.entries()) checkPeer(["spec", "egress", i, "to", j], one, report);
    }
  },
};

function checkPeer(path: FieldPath, one: NetworkPolicyPeer, report: Report): void {
  const { ipBlock, podSelector, namespaceSelector } = one;
  const selects = podSelector !== undefined || namespaceSelector !== undefined;
  if (ipBlock === undefined) {
    if (!selects) report(path, "a peer needs a podSelector, a namespaceSelector or an ipBlock");
    return;
  }
  if (selects) report(path, "an ipBlock does not go with selectors; write them as two peers");
  for (const [steps, range] of [
    [["cidr"], ipBlock.cidr],
    ...(ipBlock.except ?? []).map((text, i) => [["except", i], text] as const),
  ] as const) {
    if (isAddressRange(range)) continue;
    const message = `${quote(range)} is no address range such as 10.0.0.0/8`;
    report([...path, "ipBlock", ...steps], message);
  }
}

const policyPort: Rule<NetworkPolicy> = {
  id: "network-policy-port",
  severity: "error",
  check({ spec: { ingress = [], egress = [] } }, report) {
    for (const [direction, rules] of [
      ["ingress", ingress],
      ["egress", egress],
    ] as const) {
      for (const [i, { ports = [] }] of rules.entries()) {
        for (const [j, port] of ports.entries()) {
          checkPort(["spec", direction, i, "ports", j], port, report);
        }
      }
    }
  },
};

function checkPort(path: FieldPath, { port, endPort }: NetworkPolicyPort, report: Report): void {
  if (typeof port === "number" && !isPortNumber(port)) {
    report([...path, "port"], `${port} is no port; ports go from 1 to 65535`);
  } else if (typeof port === "string") {
    const problem = portNameProblem(port);
    if (problem !== undefined) report([...path, "port"], problem);
  }
  if (endPort === undefined) return;
  if (typeof port !== "number") report([...path, "endPort"], "endPort needs a port number as port");
  else if (endPort < port || endPort > 65535) {
    report([...path, "endPort"], `endPort goes from ${port}, the port, to 65535`);
  }
}

const budget: Rule<PodDisruptionBudget> = {
  id: "disruption-budget",
  severity: "error",
  check({ spec: { minAvailable, maxUnavailable } }, report) {
    if (minAvailable !== undefined && maxUnavailable !== undefined) {
      report(["spec", "maxUnavailable"], "minAvailable and maxUnavailable exclude each other", {
        at: "key",
      });
    }
    for (const [field, value] of Object.entries({ minAvailable, maxUnavailable })) {
      if (value === undefined || isIntOrPercent(value)) continue;
      report(["spec", field], `${quote(String(value))} is neither a count nor a percentage`);
    }
  },
};

export const networkPolicyRules: readonly Rule<NetworkPolicy>[] = [peer, policyPort];
export const disruptionBudgetRules: readonly Rule<PodDisruptionBudget>[] = [budget];
