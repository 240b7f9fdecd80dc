import { createServer } from "node:http";

const server = createServer((_request, response) => {
  response.end(`${new Date().toISOString()}\n`);
});

server.listen(Number(process.env.PORT));
process.on("SIGTERM", () => server.close(() => process.exit(0)));
