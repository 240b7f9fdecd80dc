import { createServer } from "node:http";

// In a cluster this is the image's program; it knows the other Service by the name in the manifests.
createServer(async (request, response) => {
  if (request.url === "/healthz") return response.end("ok\n");
  const { GREETER_URL, HOSTNAME } = process.env;
  if (GREETER_URL === undefined) return response.end(`hello from ${HOSTNAME}\n`);
  response.end(`web asked: ${await (await fetch(GREETER_URL)).text()}`);
}).listen(process.env.PORT);

process.on("SIGTERM", () => process.exit(0));
