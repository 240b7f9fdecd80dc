import { createServer } from "node:http";

const server = createServer((request, response) => {
  response.end(request.url === "/healthz" ? "ok\n" : `${process.env.GREETING}\n`);
});

server.listen(Number(process.env.PORT));
process.on("SIGTERM", () => server.close(() => process.exit(0)));
