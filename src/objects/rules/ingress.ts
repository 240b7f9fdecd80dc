import { isIP } from "node:net";
import type { FieldPath } from "../../diagnostics/diagnostic.ts";
import { validateDns1123Subdomain } from "../../labels/dns-name.ts";
import type { Ingress, IngressBackend } from "../ingress.ts";
import { isPortNumber, portNameProblem } from "../port-name.ts";
import { quote } from "../read-shape.ts";
import type { Report, Rule } from "../rule.ts";

const rules: Rule<Ingress> = {
  id: "ingress-rules",
  severity: "error",
  check({ spec = {} }, report) {
    if (spec.defaultBackend !== undefined || (spec.rules ?? []).length > 0) return;
    report(["spec", "rules"], "an Ingress needs rules, or a defaultBackend");
  },
};

const host: Rule<Ingress> = {
  id: "ingress-host",
  severity: "error",
  check({ spec = {} }, report) {
    for (const [i, { host: name = "" }] of (spec.rules ?? []).entries()) {
      if (name === "") continue;
      const path = ["spec", "rules", i, "host"];
      if (isIP(name) !== 0) report(path, `${quote(name)} is an address; a host is a DNS name`);
      else {
        for (const { message } of validateDns1123Subdomain(name.replace(/^\*\./, ""))) {
          report(path, message, {
            hint: 'write a name such as web.example.com, or "*.example.com"',
          });
        }
      }
    }
  },
};

const path: Rule<Ingress> = {
  id: "ingress-path",
  severity: "error",
  check({ spec = {} }, report) {
    for (const [i, rule] of (spec.rules ?? []).entries()) {
      for (const [j, { path: text = "", pathType }] of (rule.http?.paths ?? []).entries()) {
        if (text.startsWith("/") || (text === "" && pathType === "ImplementationSpecific"))
          continue;
        const at = ["spec", "rules", i, "http", "paths", j, "path"];
        report(at, `a path starts with "/", and ${quote(text)} does not`);
      }
    }
  },
};

const backend: Rule<Ingress> = {
  id: "ingress-backend",
  severity: "error",
  check({ spec = {} }, report) {
    if (spec.defaultBackend !== undefined) {
      checkBackend(["spec", "defaultBackend"], spec.defaultBackend, report);
    }
    for (const [i, rule] of (spec.rules ?? []).entries()) {
      for (const [j, one] of (rule.http?.paths ?? []).entries()) {
        const at = ["spec", "rules", i, "http", "paths", j, "backend"];
        checkBackend(at, one.backend, report);
      }
    }
  },
};

function checkBackend(at: FieldPath, { service, resource }: IngressBackend, report: Report): void {
  if (service === undefined) {
    if (resource === undefined) report(at, "a backend needs a service with name and port");
    return;
  }
  const { number = 0, name = "" } = service.port ?? {};
  const port = [...at, "service", "port"];
  if ((number === 0) === (name === "")) {
    report(port, "a backend's port has either a number or a name", {
      hint: "write port: { number: 80 }",
    });
  } else if (number !== 0 && !isPortNumber(number)) {
    report([...port, "number"], `${number} is no port; ports go from 1 to 65535`);
  } else if (name !== "") {
    const problem = portNameProblem(name);
    if (problem !== undefined) report([...port, "name"], problem);
  }
}

export const ingressRules: readonly Rule<Ingress>[] = [rules, host, path, backend];
