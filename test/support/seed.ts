import fc from "fast-check";

const asked = process.env["KUBELANE_SEED"];

/**
 * What random tests begin with. It is the same in every run, so that a change is not refused for a world that was
 * drawn by chance and that the change has nothing to do with: `KUBELANE_SEED=random` hunts for such worlds, and
 * `KUBELANE_SEED=NUMBER` repeats a hunt.
 */
export const SEED =
  asked === "random" ? Math.floor(Math.random() * 2 ** 31) : Number(asked ?? 20261128);

fc.configureGlobal({ seed: SEED });
