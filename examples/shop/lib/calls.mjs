import { execFile } from "node:child_process";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";

const { DATABASE_URL = "", REDIS_HOST = "", HOSTNAME } = process.env;
const SHOPS = ["storefront", "orders", "catalog", "shipping"];

/** What asking each of the shop's Services came to. */
export async function calls() {
  const answers = await Promise.allSettled([
    ...SHOPS.map((name) => fetch(`http://${name}/`).then((answer) => answer.text())),
    query("SELECT count(*) FROM products"),
    redis(`INCR visits:${HOSTNAME}`),
  ]);
  const names = [...SHOPS, "postgres", "redis"];
  return Object.fromEntries(
    answers.map(({ status, value, reason }, i) => [
      names[i],
      status === "fulfilled" ? value.trim() : `${reason.cause?.code ?? reason.code ?? reason}`,
    ]),
  );
}

export async function query(sql) {
  const { stdout } = await promisify(execFile)("psql", [DATABASE_URL, "-Atc", sql]);
  return stdout;
}

/** One command in redis' inline protocol. */
export async function redis(command) {
  const socket = connect(6379, REDIS_HOST);
  socket.end(`${command}\r\nQUIT\r\n`);
  const [answer = ""] = (await text(socket)).split("\r\n");
  return answer;
}
