import { createServer } from "node:http";

const server = createServer((request, response) => {
  response.end(request.url === "/healthz" ? "ok\n" : `${process.env.GREETING}\n`);
});

server.listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => server.close(() => process.exit(0)));
