import { canonicalAddress } from "../../net/address.ts";
import { Cidr, InvalidCidrError } from "../../net/cidr.ts";
import { quote } from "../read-shape.ts";
import type { Report, Rule } from "../rule.ts";
import type { IPAddress, ServiceCIDR } from "../service-cidr.ts";

const cidrs: Rule<ServiceCIDR> = {
  id: "service-cidr",
  severity: "error",
  check({ spec: { cidrs: ranges } }, report) {
    const path = ["spec", "cidrs"];
    if (ranges.length === 0 || ranges.length > 2) {
      report(path, "a ServiceCIDR has one range, or one of each IP family", {
        hint: "write cidrs: [10.200.0.0/16]; several ServiceCIDRs may stand side by side",
      });
      return;
    }
    const read = ranges.map((range, i) => readRange(range, [...path, i], report));
    if (read[0] !== undefined && read[0].family === read[1]?.family) {
      report([...path, 1], `both ranges are ${read[0].family}`, {
        hint: "make it a ServiceCIDR of its own",
      });
    }
  },
};

function readRange(text: string, path: (string | number)[], report: Report): Cidr | undefined {
  try {
    const range = new Cidr(text);
    // Written with host bits or in another spelling, a cluster refuses it.
    if (text !== String(range)) {
      report(path, `${quote(text)} has to be written as ${range}`);
    }
    return range;
  } catch (error) {
    if (!(error instanceof InvalidCidrError)) throw error;
    report(path, `${quote(text)} is no address range such as 10.200.0.0/16`);
    return undefined;
  }
}

const addressName: Rule<IPAddress> = {
  id: "name-format",
  severity: "error",
  check({ metadata: { name } }, report) {
    const address = canonicalAddress(name);
    if (address === name) return;
    report(
      ["metadata", "name"],
      `the name of an IPAddress is the address; ${quote(name)} is none`,
      {
        hint: address && `write ${address}`,
      },
    );
  },
};

export const serviceCIDRRules: readonly Rule<ServiceCIDR>[] = [cidrs];
export const addressRules: readonly Rule<IPAddress>[] = [addressName];
