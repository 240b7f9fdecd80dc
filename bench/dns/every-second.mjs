/**
 * Calls so many times a second, spread evenly, with 0, 1, 2 … After a pause of the process (or while
 * `active` says no) it does not catch up.
 */
export function everySecond(perSecond, call, active = () => true) {
  let done = 0;
  let base = 0;
  let start = performance.now();
  let last = start;
  return setInterval(() => {
    const now = performance.now();
    if (now - last > 250 || !active()) {
      start = now;
      base = done;
    }
    last = now;
    const due = base + Math.floor(((now - start) / 1000) * perSecond);
    for (; done < due; done++) call(done);
  }, 10);
}
