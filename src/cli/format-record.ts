import type { ResourceRecord } from "../dns/wire/message.ts";

/** A record in zone-file form, as dig prints it: `web.shop.svc.cluster.local. 5 IN A 10.96.3.7`. */
export function formatRecord(record: ResourceRecord): string {
  return `${record.name} ${record.ttl} IN ${record.type} ${formatData(record)}`;
}

function formatData(record: ResourceRecord): string {
  switch (record.type) {
    case "SRV": {
      const { priority, weight, port, target } = record.data;
      return `${priority} ${weight} ${port} ${target}`;
    }
    case "SOA": {
      const { mname, rname, serial, refresh, retry, expire, minimum } = record.data;
      return `${mname} ${rname} ${serial} ${refresh} ${retry} ${expire} ${minimum}`;
    }
    case "MX":
      return `${record.data.preference} ${record.data.exchange}`;
    case "TXT":
      return record.data.map((text) => JSON.stringify(text)).join(" ");
    case "A":
    case "AAAA":
    case "CNAME":
    case "NS":
    case "PTR":
      return record.data;
    default: {
      const bytes = Buffer.from(record.data);
      // RFC 3597: data of a type without a text form.
      return `\\# ${bytes.length} ${bytes.toString("hex")}`.trimEnd();
    }
  }
}
