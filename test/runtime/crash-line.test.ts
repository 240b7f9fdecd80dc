import { expect, test } from "vitest";
import { CrashLine } from "../../src/runtime/crash-line.ts";

test.each([
  {
    program: "Node",
    output: `listening on 8080
/srv/app.js:3
throw new Error("no such database");
^

Error: no such database
    at Object.<anonymous> (/srv/app.js:3:7)
    at Module._compile (node:internal/modules/cjs/loader:1521:14)

Node.js v20.20.2
`,
    says: "Error: no such database",
  },
  {
    program: "Node with fields and a cause",
    output: `node:net:1
    throw er; // Unhandled 'error' event
    ^

Error: listen EADDRINUSE: address already in use :::8000
    at Server.setupListenHandle [as _listen2] (node:net:1908:16)
Emitted 'error' event on Server instance at:
    at emitErrorNT (node:net:1944:8) {
  code: 'EADDRINUSE',
  errno: -98,
  [cause]: Error: inner
      at x (y:1:1)
}

Node.js v22.1.0
`,
    says: "Error: listen EADDRINUSE: address already in use :::8000",
  },
  {
    program: "Python",
    output: `Traceback (most recent call last):
  File "/srv/app.py", line 1, in <module>
    raise RuntimeError("no such database")
RuntimeError: no such database
`,
    says: "RuntimeError: no such database",
  },
  {
    program: "Python with an error of a package",
    output: `Traceback (most recent call last):
  File "/srv/app.py", line 1, in <module>
    connect()
psycopg2.OperationalError: connection refused
\tIs the server running on that host?
`,
    says: "psycopg2.OperationalError: connection refused",
  },
  {
    program: "Java",
    output: `Exception in thread "main" java.lang.IllegalStateException: no such database
\tat Main.main(Main.java:3)
Caused by: java.net.ConnectException: refused
\tat Main.connect(Main.java:9)
\t... 1 more
`,
    says: 'Exception in thread "main" java.lang.IllegalStateException: no such database',
  },
  {
    program: "Go",
    output: `panic: no such database

goroutine 1 [running]:
main.main()
\t/srv/main.go:4 +0x2c
exit status 2
`,
    says: "panic: no such database",
  },
  {
    program: "a stack of something else",
    output: `it all went wrong
    at a (b.js:1:1)

Node.js v20.20.2
`,
    says: "it all went wrong",
  },
  {
    program: "one that recovered from an error",
    output: `Error: try again
    at a (b.js:1:1)
connected
out of disk
`,
    says: "out of disk",
  },
  { program: "a shell", output: "first\nno such database\n", says: "no such database" },
  { program: "nobody", output: "\n\n", says: "" },
])("why it crashed, told by $program: $says", ({ output, says }) => {
  const line = new CrashLine();
  for (const each of output.split("\n")) line.add(each);
  expect(line.text).toBe(says);
});
