/** The parts of dns-packet that the tests use. */
declare module "dns-packet" {
  interface Packet {
    id?: number;
    type?: string;
    flags?: number;
    rcode?: string;
    questions?: { name: string; type: string; class?: string }[];
    answers?: unknown[];
    authorities?: unknown[];
    additionals?: unknown[];
  }
  const dnsPacket: {
    RECURSION_DESIRED: number;
    RECURSION_AVAILABLE: number;
    decode(message: Uint8Array): Packet;
    encode(packet: Packet): Buffer;
  };
  export default dnsPacket;
}
