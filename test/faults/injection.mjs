/**
 * Makes calls of Node fail, in a process that is started with `--import` of this file: see fault-list.mjs.
 * Idle until the parent sends `{ type: "start" }`; `{ type: "stop" }` ends the faults, and `{ type: "report" }`
 * is answered with how often each was injected and what the process holds open.
 *
 * Sockets fail where Node meets the system: at the methods and callbacks of its native handles, so that every
 * error takes the way that the kernel's own would take.
 */
import child_process from "node:child_process";
import dgram from "node:dgram";
import { once } from "node:events";
import fs from "node:fs";
import fsPromises from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";
import { constants } from "node:os";
import tls from "node:tls";
import { getSystemErrorMap } from "node:util";
import { FAULTS } from "./fault-list.mjs";

/** By name, as handles return them. Some that Linux has, such as EDQUOT, Node knows by number only. */
const NUMBERS = new Map([
  ...Object.entries(constants.errno).map(([name, number]) => [name, -number]),
  ...[...getSystemErrorMap()].map(([number, [name]]) => [name, number]),
]);
/** As it is before it is made to fail. */
const listFolder = fs.readdirSync;

const { kReadBytesOrError, streamBaseState } = process.binding("stream_wrap");

let active = false;
let total = 0;
let random = seeded(1);
const hits = new Map(
  FAULTS.map(({ call, errors }) => [call, new Map(errors.map((error) => [error, 0]))]),
);
const shares = new Map(FAULTS.map(({ call, share }) => [call, share]));

for (const { call, errors } of FAULTS) {
  for (const error of errors) {
    if (/^(net|pipe|log|dgram|child_process) /.test(call) && !NUMBERS.has(error))
      throw new Error(error);
  }
}

/** The error that this call is to meet, the one it met least; undefined for none. */
function draw(call) {
  if (!active || random() >= shares.get(call)) return undefined;
  const counts = hits.get(call);
  const least = Math.min(...counts.values());
  const candidates = [...counts.keys()].filter((error) => counts.get(error) === least);
  return candidates[Math.floor(random() * candidates.length)];
}

function count(call, error) {
  const counts = hits.get(call);
  counts.set(error, counts.get(error) + 1);
  total++;
}

/** Draws, and counts what will surely be met. */
function fault(call) {
  const error = draw(call);
  if (error !== undefined) count(call, error);
  return error;
}

/** As a process' own errors are: with code, number and call. */
function systemError(code, syscall) {
  const errno = NUMBERS.get(code);
  const error = new Error(`${syscall} ${code} (injected)`);
  return Object.assign(error, { code, syscall, ...(errno !== undefined && { errno }) });
}

function patch(target, name, replace) {
  const original = target[name];
  target[name] = replace(original);
}

// ---- sockets --------------------------------------------------------------------------------------------------

const probe = net.createServer().listen(0, "127.0.0.1");
await once(probe, "listening");
const TCP = Object.getPrototypeOf(probe._handle);
const OWNER = Object.getOwnPropertySymbols(probe._handle).find(
  ({ description }) => description === "owner_symbol",
);
/** TCP sockets, pipes and terminals share the methods of streams. */
const STREAM = Object.getPrototypeOf(TCP);
probe.close();
const pipeProbe = new net.Socket({ handle: undefined });
pipeProbe.connect(`${process.execPath}-no-such-socket`).on("error", () => {});
const PIPE = Object.getPrototypeOf(pipeProbe._handle);

/** `net`, `pipe` or `log`; undefined for what is no connection of the program (the channel to the parent). */
function kindOf(handle) {
  const socket = handle[OWNER];
  if (socket === process.stderr || socket === process.stdout) return "log";
  const prototype = Object.getPrototypeOf(handle);
  if (prototype === TCP) return "net";
  return prototype === PIPE && socket instanceof net.Socket ? "pipe" : undefined;
}

const AT_ONCE = new Set(["EADDRNOTAVAIL", "EMFILE", "EACCES", "ENOBUFS"]);

for (const name of ["connect", "connect6"]) {
  patch(
    TCP,
    name,
    (original) =>
      function (request, ...rest) {
        const error = fault("net connect");
        if (error === undefined) return original.call(this, request, ...rest);
        if (AT_ONCE.has(error)) return NUMBERS.get(error);
        setImmediate(() => request.oncomplete(NUMBERS.get(error), this, request, false, false));
        return 0;
      },
  );
}
for (const name of ["bind", "bind6"]) {
  patch(
    TCP,
    name,
    (original) =>
      function (...args) {
        const error = fault("net bind");
        return error === undefined ? original.apply(this, args) : NUMBERS.get(error);
      },
  );
}
for (const [prototype, call] of [
  [TCP, "net accept"],
  [PIPE, "pipe accept"],
]) {
  patch(
    prototype,
    "listen",
    (original) =>
      function (...args) {
        const error = prototype === TCP ? fault("net listen") : undefined;
        if (error !== undefined) return NUMBERS.get(error);
        let accept = this.onconnection;
        const accepting = function (status, client) {
          const error = fault(call);
          if (error === undefined) return accept.call(this, status, client);
          client?.close();
          return accept.call(this, NUMBERS.get(error));
        };
        // Servers may put another function in its place.
        Object.defineProperty(this, "onconnection", {
          get: () => accepting,
          set: (replacement) => {
            accept = replacement;
          },
        });
        return original.apply(this, args);
      },
  );
}
for (const name of Object.getOwnPropertyNames(STREAM).filter((name) => name.startsWith("write"))) {
  if (typeof Object.getOwnPropertyDescriptor(STREAM, name).value !== "function") continue;
  patch(
    STREAM,
    name,
    (original) =>
      function (...args) {
        const kind = kindOf(this);
        const error = kind && fault(`${kind} write`);
        return error === undefined ? original.apply(this, args) : NUMBERS.get(error);
      },
  );
}
patch(
  STREAM,
  "shutdown",
  (original) =>
    function (...args) {
      const error = kindOf(this) === "net" ? fault("net shutdown") : undefined;
      return error === undefined ? original.apply(this, args) : NUMBERS.get(error);
    },
);
patch(
  STREAM,
  "readStart",
  (original) =>
    function (...args) {
      const kind = kindOf(this);
      if (kind === "net" || kind === "pipe") breakReading(`${kind} read`, this);
      return original.apply(this, args);
    },
);

/** Milliseconds within which something breaks: about as long as it lives. */
const LATER = new Map([
  ["net read", 30],
  ["pipe read", 30],
  ["fs watch", 300],
]);

/** Calls back at a moment that nobody can foresee, unless what should break is gone by then. */
function later(call, isGone, strike) {
  const error = draw(call);
  if (error === undefined) return;
  setTimeout(() => {
    if (!active || isGone()) return;
    count(call, error);
    strike(error);
  }, random() * LATER.get(call)).unref();
}

/** As the system tells a handle: no bytes, and the number of an error where their count would be. */
function breakReading(call, handle) {
  later(
    call,
    () => handle.fd < 0,
    (error) => {
      streamBaseState[kReadBytesOrError] = NUMBERS.get(error);
      handle.onread();
    },
  );
}

const datagrams = dgram.createSocket("udp4");
const STATE = Object.getOwnPropertySymbols(datagrams).find(({ description }) =>
  description.includes("state"),
);
const UDP = Object.getPrototypeOf(datagrams[STATE].handle);
datagrams.close();

for (const [call, names] of [
  ["dgram bind", ["bind", "bind6"]],
  ["dgram connect", ["connect", "connect6"]],
  ["dgram send", ["send", "send6"]],
]) {
  for (const name of names) {
    patch(
      UDP,
      name,
      (original) =>
        function (...args) {
          const error = fault(call);
          return error === undefined ? original.apply(this, args) : NUMBERS.get(error);
        },
    );
  }
}
patch(
  UDP,
  "recvStart",
  (original) =>
    function (...args) {
      const receive = this.onmessage;
      this.onmessage = (length, handle, ...rest) => {
        const error = fault("dgram receive");
        return error === undefined
          ? receive(length, handle, ...rest)
          : receive(NUMBERS.get(error), handle);
      };
      return original.apply(this, args);
    },
);

// ---- child processes ------------------------------------------------------------------------------------------

const child = child_process.spawn(process.execPath, ["--version"], { stdio: "ignore" });
const PROCESS = Object.getPrototypeOf(child._handle);
child.unref();
patch(
  PROCESS,
  "spawn",
  (original) =>
    function (...args) {
      const error = fault("child_process spawn");
      return error === undefined ? original.apply(this, args) : NUMBERS.get(error);
    },
);

// ---- files ----------------------------------------------------------------------------------------------------

const FS_CALLS = {
  "fs readFile": ["readFile"],
  "fs readdir": ["readdir"],
  "fs stat": ["stat", "lstat", "realpath", "readlink", "access"],
  "fs write": ["writeFile", "mkdir", "chmod", "appendFile", "rename", "symlink"],
  "fs remove": ["rm", "unlink", "rmdir"],
};
for (const [call, names] of Object.entries(FS_CALLS)) {
  for (const name of names) {
    patch(fsPromises, name, (original) => async (...args) => {
      const error = fault(call);
      if (error !== undefined) throw systemError(error, name);
      return original(...args);
    });
    patch(fs, `${name}Sync`, (original) =>
      Object.assign((...args) => {
        const error = fault(call);
        if (error !== undefined) throw systemError(error, name);
        return original(...args);
      }, original),
    );
    patch(fs, name, (original) =>
      Object.assign((...args) => {
        const done = args.at(-1);
        const error = typeof done === "function" ? fault(call) : undefined;
        if (error === undefined) return original(...args);
        setImmediate(done, systemError(error, name));
      }, original),
    );
  }
}
patch(fs, "watch", (original) => (...args) => {
  const error = fault("fs watch");
  if (error !== undefined) throw systemError(error, "watch");
  const watcher = original(...args);
  // A watch may also break after it began.
  const isGone = () => watcher.listenerCount("change") === 0;
  later("fs watch", isGone, (error) => watcher.emit("error", systemError(error, "watch")));
  return watcher;
});

// ---- TLS ------------------------------------------------------------------------------------------------------

patch(tls, "connect", (original) => (...args) => {
  const socket = original(...args);
  const error = fault("tls connect");
  if (error !== undefined) setImmediate(() => socket.destroy(systemError(error, "connect")));
  return socket;
});

syncBuiltinESMExports();

// ---- the parent -----------------------------------------------------------------------------------------------

process.on("message", (message) => {
  if (message.type === "start") {
    random = seeded(message.seed);
    active = true;
  } else if (message.type === "stop") {
    active = false;
  } else {
    process.send({
      total,
      hits: [...hits].flatMap(([call, counts]) => [...counts].map(([e, n]) => [`${call} ${e}`, n])),
      resources: tally(process.getActiveResourcesInfo()),
      descriptors: listFolder("/proc/self/fd").length,
    });
  }
});
// The parent's interest keeps nothing alive.
process.channel?.unref();

function tally(names) {
  const counts = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** Mulberry32: the same seed, the same draws. */
function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
