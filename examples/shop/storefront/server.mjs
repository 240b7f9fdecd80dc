import { createServer } from "node:http";
import { calls } from "../lib/calls.mjs";

createServer(async (request, response) => {
  if (request.url !== "/calls") return response.end("storefront\n");
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(await calls()));
}).listen(Number(process.env.PORT ?? 8080));

process.on("SIGTERM", () => process.exit(0));
