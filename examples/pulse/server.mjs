import { createServer } from "node:http";

const pod = process.env.POD_NAME ?? process.env.HOSTNAME;

const server = createServer((_request, response) => {
  response.setHeader("content-type", "text/plain; charset=utf-8");
  response.end(`${pod}\n`);
});

server.listen(Number(process.env.PORT ?? 8080));

// Finish what is in flight, then go: what a pod should do when it is asked to stop.
process.on("SIGTERM", () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
