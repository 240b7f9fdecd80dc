import { createServer } from "node:http";

// ring-2 is the third member, in this run and in the next one.
const name = process.env.HOSTNAME;
const ordinal = Number(name.slice(name.lastIndexOf("-") + 1));

const server = createServer((_request, response) => {
  response.end(`${name} is member ${ordinal}\n`);
});

server.listen(Number(process.env.PORT));
process.on("SIGTERM", () => server.close(() => process.exit(0)));
