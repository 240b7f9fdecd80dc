import { canonicalAddress } from "../../net/address.ts";
import { cidrOf, readRange } from "../checks.ts";
import { AGE, NAME } from "../columns/column.ts";
import { immutable } from "../immutable-fields.ts";
import { quote } from "../json.ts";
import { type Kind, kind } from "../kind.ts";
import { part } from "../part.ts";
import type { IPAddress, ServiceCIDR } from "../tables/kinds.ts";

export const serviceCidr: Kind = kind<ServiceCIDR>({
  groupKind: "ServiceCIDR.networking.k8s.io",
  columns: [
    NAME,
    {
      header: "CIDRS",
      cell: ({ spec }) => spec.cidrs?.join(",") ?? "",
    },
    AGE,
  ],
  /** One of the other family may be added, and nothing else. */
  update({ spec: before }, { spec: after }, place) {
    const [from = [], to = []] = [before.cidrs, after.cidrs];
    const kept = from.every((range, i) => to[i] === range);
    if (kept && to.length >= from.length) return;
    place.at("spec", "cidrs").invalid("a range can't be changed or taken away", { at: "key" });
  },
  parts: part<ServiceCIDR>("networking/v1.ServiceCIDR", {
    check({ spec: { cidrs = [] } }, at) {
      const place = at.at("spec", "cidrs").as({ rule: "service-cidr" });
      if (cidrs.length === 0 || cidrs.length > 2) {
        place.required("a ServiceCIDR has one range, or one of each IP family", {
          hint: "write cidrs: [10.200.0.0/16]; several ServiceCIDRs may stand side by side",
        });
        return;
      }
      for (const [i, text] of cidrs.entries()) {
        const range = readRange(text);
        if (range === undefined)
          place.at(i).invalid(`${quote(text)} is no address range such as 10.200.0.0/16`);
        // Written with host bits or in another spelling, a cluster refuses it.
        else if (range !== text)
          place.at(i).invalid(`${quote(text)} has to be written as ${range}`);
      }
      const [first, second] = cidrs.map((text) => cidrOf(text)?.family);
      if (first !== undefined && first === second) {
        place
          .at(1)
          .invalid(`both ranges are ${first}`, { hint: "make it a ServiceCIDR of its own" });
      }
    },
  }),
});

export const ipAddress: Kind = kind<IPAddress>({
  groupKind: "IPAddress.networking.k8s.io",
  columns: [
    NAME,
    {
      header: "PARENTREF",
      cell: ({ spec }) => {
        const { group, resource, namespace, name } = spec.parentRef ?? {};
        const parts = [group ? `${resource}.${group}` : resource, namespace, name];
        return parts.filter(Boolean).join("/");
      },
    },
  ],
  name: (name, place) => {
    const canonical = canonicalAddress(name);
    if (canonical === name) return;
    place.invalid(`the name of an IPAddress is the address; ${quote(name)} is none`, {
      hint: canonical && `write ${canonical}`,
    });
  },
  update: (previous, next, place) =>
    immutable(previous.spec, next.spec, ["parentRef"], place.at("spec")),
  parts: part<IPAddress>("networking/v1.IPAddress", {
    check({ spec: { parentRef } }, at) {
      const place = at.at("spec", "parentRef");
      if (parentRef === undefined) place.required("an address belongs to something");
      else {
        if (parentRef.resource === "") place.at("resource").required();
        if (parentRef.name === "") place.at("name").required();
      }
    },
  }),
});
