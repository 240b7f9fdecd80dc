// Shows replies to dig: a server on a port of its own hands out one recorded reply, and dig asks the
// question that it answers.
import { execFile } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";

const COMPLAINT =
  /malformed|extra bytes|parse error|section mismatch|timed out|no servers could be reached/i;

/**
 * @param {{ bytes: Uint8Array, name: string, type: string }[]} replies each with the question it answers
 * @returns {Promise<string[]>} what dig says of those it cannot read
 */
export async function readByDig(replies) {
  const complaints = [];
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  let current;
  socket.on("message", (query, { port, address }) => {
    const reply = Buffer.from(current.bytes);
    query.copy(reply, 0, 0, 2);
    socket.send(reply, port, address);
  });
  const at = ["@127.0.0.1", "-p", String(socket.address().port)];
  for (current of replies) {
    const flags = ["+noedns", "+notcp", "+ignore", "+tries=1", "+time=5", "+noidnin", "+noidnout"];
    const { name, type } = current;
    const text = await new Promise((done) =>
      execFile("dig", [...at, ...flags, "-t", type, "-q", name], (_, stdout, stderr) =>
        done(stdout + stderr),
      ),
    );
    if (COMPLAINT.test(text) || !/->>HEADER<<-/.test(text)) {
      complaints.push(`${Buffer.from(current.bytes).toString("hex")} ${text}`);
    }
  }
  socket.close();
  return complaints;
}
