import { isIPv6 } from "node:net";
import type { Service } from "../objects/service.ts";
import { proxyProtocol } from "../objects/service-annotations.ts";

export interface ConnectionEnds {
  readonly sourceAddress: string;
  readonly sourcePort: number;
  readonly destinationAddress: string;
  readonly destinationPort: number;
}

/**
 * The header that the Service's annotation asks for; undefined where it asks for none, or for an unknown version.
 * @param ends called only when there is a header, since it costs system calls.
 */
export function proxyHeader(service: Service, ends: () => ConnectionEnds): Buffer | undefined {
  switch (proxyProtocol(service)) {
    case "v1":
      return Buffer.from(version1(ends()), "latin1");
    case "v2":
      return version2(ends());
    default:
      return undefined;
  }
}

function version1(c: ConnectionEnds): string {
  const family = isIPv6(c.sourceAddress) ? "TCP6" : "TCP4";
  if (isIPv6(c.sourceAddress) !== isIPv6(c.destinationAddress)) return "PROXY UNKNOWN\r\n";
  return `PROXY ${family} ${c.sourceAddress} ${c.destinationAddress} ${c.sourcePort} ${c.destinationPort}\r\n`;
}

const SIGNATURE = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
const VERSION_2_PROXY = 0x21;
const VERSION_2_LOCAL = 0x20;
const TCP_OVER_IPV4 = 0x11;
const TCP_OVER_IPV6 = 0x21;

function version2(c: ConnectionEnds): Buffer {
  const six = isIPv6(c.sourceAddress);
  if (six !== isIPv6(c.destinationAddress)) {
    return Buffer.concat([SIGNATURE, Buffer.from([VERSION_2_LOCAL, 0, 0, 0])]);
  }
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(c.sourcePort, 0);
  ports.writeUInt16BE(c.destinationPort, 2);
  const body = Buffer.concat([bytesOf(c.sourceAddress), bytesOf(c.destinationAddress), ports]);
  const head = Buffer.from([VERSION_2_PROXY, six ? TCP_OVER_IPV6 : TCP_OVER_IPV4, 0, body.length]);
  return Buffer.concat([SIGNATURE, head, body]);
}

function bytesOf(address: string): Buffer {
  if (!address.includes(":")) return Buffer.from(address.split(".").map(Number));
  const [left = "", right] = address.split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":"));
  const head = groups(left);
  const tail = right === undefined ? [] : groups(right);
  const zeros = new Array<string>(Math.max(0, 8 - head.length - tail.length)).fill("0");
  const bytes = Buffer.alloc(16);
  [...head, ...zeros, ...tail].forEach((group, i) => {
    bytes.writeUInt16BE(Number.parseInt(group, 16), i * 2);
  });
  return bytes;
}
