// The program under test: it knows the Service by its name and nothing of tests.
const STOCK = "http://stock.shop.svc.cluster.local";

/** How many of a thing may be ordered; 0 while nobody can say. Tries again when a pod goes away meanwhile. */
export async function available(thing, attempts = 3) {
  try {
    const response = await fetch(`${STOCK}/${thing}`);
    return response.ok ? Number(await response.text()) : 0;
  } catch (error) {
    if (error.cause?.code === "ECONNREFUSED") return 0;
    if (attempts > 1) return available(thing, attempts - 1);
    throw error;
  }
}
