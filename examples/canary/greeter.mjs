import { createServer } from "node:http";

const server = createServer((_request, response) => {
  response.end(`${process.env.TRACK}\n`);
});

server.listen(Number(process.env.PORT));
process.on("SIGTERM", () => server.close(() => process.exit(0)));
