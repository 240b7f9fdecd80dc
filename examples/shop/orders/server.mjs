import { createServer } from "node:http";
import { calls, query, redis } from "../lib/calls.mjs";

createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://orders");
  response.setHeader("content-type", "application/json");
  if (pathname === "/calls") return response.end(JSON.stringify(await calls()));
  if (request.method !== "POST") return response.end("orders\n");
  const product = (searchParams.get("product") ?? "").replace(/\W/g, "");
  const cents = (await query(`SELECT cents FROM products WHERE name = '${product}'`)).trim();
  const number = await redis("INCR orders");
  response.end(JSON.stringify({ number: Number(number.slice(1)), product, cents: Number(cents) }));
}).listen(Number(process.env.PORT ?? 8080));

process.on("SIGTERM", () => process.exit(0));
