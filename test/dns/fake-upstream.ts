import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import dnsPacket from "dns-packet";
import type { UpstreamRecords } from "./case-table.ts";

export interface FakeUpstream extends AsyncDisposable {
  readonly address: string;
  readonly asked: string[];
}

/** A recursive server that knows a few names, also by wildcards, on dns-packet: a codec that is not ours. */
export async function startUpstream(records: UpstreamRecords): Promise<FakeUpstream> {
  const asked: string[] = [];
  const answer = (message: Buffer): Buffer => {
    const query = dnsPacket.decode(message);
    const question = query.questions?.[0];
    const name = `${question?.name ?? ""}.`;
    asked.push(`${name} ${question?.type}`);
    const known = records[name.toLowerCase()] ?? records[name.replace(/^[^.]*/, "*")];
    const found = known?.[question?.type ?? ""] ?? [];
    return dnsPacket.encode({
      type: "response",
      id: query.id ?? 0,
      flags: dnsPacket.RECURSION_DESIRED | dnsPacket.RECURSION_AVAILABLE | (known ? 0 : 3),
      questions: query.questions ?? [],
      answers: found.map(([ttl, data]) => {
        const type = question?.type as "A";
        return { name: question?.name ?? "", type, ttl, data: data.replace(/\.$/, "") };
      }),
    });
  };
  const { udp, tcp } = await bindBoth(answer);
  return {
    address: `127.0.0.1:${(tcp.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      udp.close();
      tcp.close();
    },
  };
}

/** A port that is free for UDP may be taken for TCP: another one, then. */
async function bindBoth(
  answer: (message: Buffer) => Buffer,
): Promise<{ udp: Socket; tcp: Server }> {
  for (;;) {
    const udp = createSocket("udp4");
    udp.on("message", (message, { port, address }) => udp.send(answer(message), port, address));
    udp.bind(0, "127.0.0.1");
    await once(udp, "listening");
    const tcp = createServer((socket) => {
      socket.on("error", () => {});
      socket.on("data", (frame) => {
        const reply = answer(frame.subarray(2));
        socket.write(Buffer.concat([Buffer.from([reply.length >> 8, reply.length & 255]), reply]));
      });
    });
    try {
      tcp.listen(udp.address().port, "127.0.0.1");
      await once(tcp, "listening");
      return { udp, tcp };
    } catch (error) {
      udp.close();
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    }
  }
}
