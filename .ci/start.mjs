// The README's first command, as a newcomer types it: `npm start` must answer by name, and end on Ctrl-C.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";

const began = performance.now();
const up = spawn("npm", ["start"], { stdio: ["ignore", "pipe", "inherit"], detached: true });
const giveUp = setTimeout(() => fail("no answer within 60 s"), 60_000);
const exited = once(up, "exit");
let output = "";
up.stdout.setEncoding("utf8").on("data", (text) => {
  output += text;
  process.stdout.write(text);
});

function fail(why) {
  console.error(`npm start: ${why}`);
  try {
    process.kill(-up.pid, "SIGKILL");
  } catch {}
  process.exit(1);
}

function get(port) {
  return new Promise((resolve, reject) => {
    const call = request(
      { port, host: "127.0.0.1", headers: { host: "pulse-service" } },
      (answer) => {
        let body = "";
        answer.setEncoding("utf8").on("data", (text) => (body += text));
        answer.on("end", () => resolve({ status: answer.statusCode, body }));
      },
    );
    call.on("error", reject).end();
  });
}

for (;;) {
  const port = /gateway\D*http:\/\/127\.0\.0\.1:(\d+)/i.exec(output)?.[1];
  const answer = port && (await get(Number(port)).catch(() => undefined));
  if (answer?.status === 200) {
    console.log(
      `answered by name after ${Math.round(performance.now() - began)} ms: ${answer.body.trim()}`,
    );
    break;
  }
  if (up.exitCode !== null) fail(`ended with ${up.exitCode}`);
  await new Promise((resolve) => setTimeout(resolve, 50));
}
process.kill(-up.pid, "SIGINT");
await exited;
clearTimeout(giveUp);
