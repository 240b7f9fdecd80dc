import { Duplex } from "node:stream";

/** Two ends of a connection within this process. */
export function duplexPair() {
  const ends = [];
  for (const i of [0, 1]) {
    ends[i] = new Duplex({
      read() {},
      write(chunk, _encoding, done) {
        ends[1 - i].push(chunk);
        done();
      },
      final(done) {
        ends[1 - i].push(null);
        done();
      },
    });
  }
  return ends;
}
