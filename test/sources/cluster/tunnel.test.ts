import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { ApiError } from "../../../src/sources/cluster/api-client.ts";
import { CredentialsError } from "../../../src/sources/cluster/credentials.ts";
import { type TunnelClient, tunnelOpener } from "../../../src/sources/cluster/tunnel.ts";

type Answer = "yes" | number | Error;

/** A server that answers so, and what it was asked. */
function server(answers: { webSocket: Answer; spdy: Answer }) {
  const asked: string[] = [];
  const answer = async (way: "webSocket" | "spdy") => {
    asked.push(way);
    const is = answers[way];
    if (is === "yes") return new PassThrough();
    throw is instanceof Error ? is : new ApiError(is, "", `${way}: ${is}`);
  };
  const client: TunnelClient = {
    webSocket: () => answer("webSocket"),
    upgrade: () => answer("spdy"),
  };
  return { asked, answers, open: tunnelOpener(client) };
}

const POD = { namespace: "shop", name: "web-1" };

describe("a tunnel to a pod", () => {
  it("is asked for at its path, as kubectl names the protocols", async () => {
    const asked: unknown[] = [];
    const open = tunnelOpener({
      webSocket: (...all) => Promise.reject(asked.push(all) && new ApiError(400, "", "no")),
      upgrade: (...all) => Promise.reject(asked.push(all) && new ApiError(404, "", "no such pod")),
    });
    await expect(open(POD)).rejects.toThrow("no such pod");
    const path = "/api/v1/namespaces/shop/pods/web-1/portforward";
    expect(asked).toEqual([
      [path, "SPDY/3.1+portforward.k8s.io"],
      [path, { upgrade: "SPDY/3.1", "x-stream-protocol-version": "portforward.k8s.io" }],
    ]);
  });

  it.each([
    ["a server that knows both", { webSocket: "yes", spdy: "yes" }, ["webSocket", "webSocket"]],
    ["a server before WebSockets", { webSocket: 400, spdy: "yes" }, ["webSocket", "spdy", "spdy"]],
    [
      "a user who may create, but not get",
      { webSocket: 403, spdy: "yes" },
      ["webSocket", "spdy", "spdy"],
    ],
    [
      "a proxy that takes no SPDY",
      { webSocket: "yes", spdy: new Error("reset") },
      ["webSocket", "webSocket"],
    ],
  ] as const)("of %s goes the way that was agreed to", async (_, answers, expected) => {
    const { open, asked } = server(answers);
    await open(POD);
    await open(POD);
    expect(asked).toEqual(expected);
  });

  it("goes the other way again when the server has changed", async () => {
    const changing = server({ webSocket: 400, spdy: "yes" });
    await changing.open(POD);
    Object.assign(changing.answers, { webSocket: "yes", spdy: 400 });
    await changing.open(POD);
    await changing.open(POD);
    expect(changing.asked).toEqual(["webSocket", "spdy", "spdy", "webSocket", "webSocket"]);
  });

  it.each([
    ["what the server says last", { webSocket: 400, spdy: 404 }, "spdy: 404"],
    [
      "what the server says, where the other way breaks",
      { webSocket: 404, spdy: new Error("x") },
      "webSocket: 404",
    ],
    [
      "what keeps the server from being asked",
      { webSocket: new Error("no route"), spdy: "yes" },
      "the API server can't be reached: no route",
    ],
    [
      "what is wrong with the user's credentials",
      { webSocket: new CredentialsError("the token has expired"), spdy: "yes" },
      /^the token has expired$/,
    ],
  ] as const)("fails with %s", async (_, answers, message) => {
    await expect(server(answers).open(POD)).rejects.toThrow(message);
  });
});
