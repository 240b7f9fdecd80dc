import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, it } from "vitest";
import {
  type KnownPlace,
  PodReach,
  type WantedReach,
} from "../../../src/sources/cluster/pod-reach.ts";

const place = (number: number): KnownPlace => ({
  address: `10.244.${number}.5`,
  port: 8080,
  pod: `shop/web-${number}`,
});

/** A network in which some places answer. */
function network(places: KnownPlace[], wanted: WantedReach = "auto") {
  const answering = new Set<KnownPlace>(places);
  const told: string[] = [];
  let asked = 0;
  const reach = new PodReach({
    wanted,
    places: () => places,
    told: (message) => told.push(message),
    answers: async (each) => {
      asked++;
      return answering.has(each);
    },
  });
  return { reach, told, answering, places, asked: () => asked };
}

describe("how pods are reached", () => {
  it("is what is wanted, and then nothing is tried", async () => {
    for (const wanted of ["direct", "port-forward"] as const) {
      const { reach, asked, told } = network([place(1)], wanted);
      await reach.decide();
      reach.doubt();
      expect([reach.now, reach.isFixed, asked(), told]).toEqual([wanted, true, 0, []]);
    }
  });

  it("is directly where all that is tried answers, which is told once", async () => {
    const { reach, told, asked } = network([place(1), place(2), place(3)]);
    expect(reach.now).toBe("port-forward");
    await reach.decide();
    await reach.decide();
    expect([reach.now, asked()]).toEqual(["direct", 3]);
    expect(told).toEqual(["pods are reached directly: 10.244.1.5:8080 (shop/web-1) answers here"]);
  });

  it("is by port-forward where one place is silent, which is named", async () => {
    const { reach, told, answering, places } = network([place(1), place(2)]);
    answering.delete(places[1]!);
    await reach.decide();
    expect(reach.now).toBe("port-forward");
    expect(told).toEqual([
      "pods are reached by port-forward, TCP alone: 10.244.2.5:8080 (shop/web-2) does not answer here",
    ]);
  });

  it("stays open as long as there is nothing to try", async () => {
    const { reach, told, places, answering } = network([]);
    await reach.decide();
    expect(told).toEqual([]);
    places.push(place(1));
    answering.add(places[0]!);
    await reach.decide();
    expect(reach.now).toBe("direct");
  });

  it("is found out anew when a direct connection fails, and told when it has changed", async () => {
    const { reach, told, answering } = network([place(1)]);
    await reach.decide();
    reach.doubt();
    await reach.decide();
    expect(told).toHaveLength(1);
    answering.clear();
    reach.doubt();
    await reach.decide();
    expect([reach.now, told.length]).toEqual(["port-forward", 2]);
  });

  it("shows in whether a TCP connection is made", async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const here = { address: "127.0.0.1", port, pod: "shop/web-1" };
    const reachOf = () => new PodReach({ wanted: "auto", places: () => [here], told: () => {} });
    const there = reachOf();
    await there.decide();
    expect(there.now).toBe("direct");
    server.close();
    await once(server, "close");
    const gone = reachOf();
    await gone.decide();
    expect(gone.now).toBe("port-forward");
  });
});
