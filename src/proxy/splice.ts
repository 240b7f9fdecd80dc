import type { Socket } from "node:net";
import { reset } from "./reset.ts";

/**
 * Joins two connections: bytes both ways with back-pressure, each side's end passed on by itself (half-close
 * is kept), a reset passed on as a reset. By hand rather than with `pipe()`, which costs more per chunk.
 * @param done called once, when both are closed.
 * @param idleTime milliseconds without a byte either way after which both are cut off; 0 for no limit.
 */
export function splice(a: Socket, b: Socket, done: () => void, idleTime = 0): void {
  let open = 2;
  const closed = () => {
    if (--open === 0) done();
  };
  if (idleTime > 0) {
    // Whatever moves on the other side moves here too, sooner or later.
    a.setTimeout(idleTime, () => {
      a.destroy();
      b.destroy();
    });
  }
  oneWay(a, b, closed);
  oneWay(b, a, closed);
  a.resume();
  b.resume();
}

function oneWay(from: Socket, to: Socket, closed: () => void): void {
  const goOn = () => from.resume();
  const end = () => {
    // The other direction is over and everything is sent: closing says what a shutdown would say first.
    if (to.readableEnded && to.writableLength === 0) to.destroy();
    else to.end();
  };
  from.on("data", (chunk) => {
    if (to.write(chunk)) return;
    from.pause();
    to.once("drain", goOn);
  });
  if (from.readableEnded) to.end();
  else from.on("end", end);
  from.on("error", () => reset(to));
  from.on("close", () => {
    // Nobody takes what the other still says: it goes when what it was sent is out.
    if (!from.readableEnded || to.writableFinished) to.destroy();
    else to.once("finish", () => to.destroy());
    closed();
  });
}
