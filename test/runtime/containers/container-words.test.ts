import { describe, expect, it } from "vitest";
import type { Container } from "../../../src/objects/pod.ts";
import type { ContainerEngine } from "../../../src/runtime/containers/container-engine.ts";
import {
  type ContainerPlan,
  execWords,
  isOfEngine,
  removeWords,
  runWords,
} from "../../../src/runtime/containers/container-words.ts";
import { podNamed } from "../harness.ts";

const podman: ContainerEngine = { name: "podman", program: "/usr/bin/podman" };
const docker: ContainerEngine = { name: "docker", program: "/usr/bin/docker" };

const words = (container: Partial<Container>, plan: Partial<ContainerPlan> = {}) => {
  const whole = { name: "web", ...container };
  const pod = plan.pod ?? podNamed("web-0", { containers: [whole] });
  return runWords({
    engine: podman,
    name: "kubelane-web-0-web-1",
    label: "run=1",
    image: "sha256:abc",
    container: whole,
    variables: {},
    envFile: undefined,
    mounts: [],
    namespace: undefined,
    ports: new Map(),
    ...plan,
    pod,
  }).join(" ");
};

describe("the command line of a container", () => {
  it.each<[string, Partial<Container>, string]>([
    ["leaves the image its words", {}, "sha256:abc"],
    ["replaces the arguments", { args: ["-v", "$(A)"] }, "sha256:abc -v 1"],
    ["replaces the entry point", { command: ["sh", "-c"] }, "--entrypoint sh sha256:abc -c"],
    [
      "replaces both",
      { command: ["$(A)", "-c"], args: ["$(B) $$(A)"] },
      "--entrypoint 1 sha256:abc -c $(B) $(A)",
    ],
    ["names the folder", { workingDir: "/srv" }, "--workdir /srv sha256:abc"],
  ])("%s", (_, container, end) => {
    const line = words(container, { variables: { A: "1" } });
    expect(line.endsWith(end)).toBe(true);
  });

  it("names variables without their values", () => {
    const variables = { PASSWORD: "hunter-two", PATH: "/secret/place" };
    const line = words({}, { variables, envFile: "/run/pod/_web.env" });
    expect(line).toContain("--env PASSWORD --env-file /run/pod/_web.env sha256:abc");
    expect(line).not.toMatch(/hunter|place/);
  });

  it.each<[string, Partial<ContainerPlan>, Partial<Container>, string]>([
    ["the namespace of its pod", { namespace: "/proc/1/net" }, {}, "--network ns:/proc/1/net"],
    [
      "published ports",
      {
        ports: new Map([
          [53, 2053],
          [80, 2080],
          [0, 2000],
        ]),
      },
      { ports: [{ containerPort: 53, protocol: "UDP" }, { containerPort: 80 }] },
      "--publish 127.0.0.1:2053:53/udp --publish 127.0.0.1:2080:80/tcp sha256",
    ],
  ])("has %s", (_, plan, container, part) => {
    expect(words(container, plan)).toContain(part);
  });

  it("has the pod's volumes, and may not write those that nobody may", () => {
    const mounts = [
      { source: "/a", target: "/data", isFile: false, readOnly: false },
      { source: "/b", target: "/etc/b", isFile: true, readOnly: true },
    ];
    expect(words({}, { mounts })).toContain("--volume /a:/data --volume /b:/etc/b:ro");
  });

  it("has the users and rights that its pod names, and then its own", () => {
    const spec = { securityContext: { runAsUser: 1, runAsGroup: 2, fsGroup: 3 }, containers: [] };
    const pod = podNamed("web-0", spec);
    expect(words({}, { pod })).toContain("--user 1:2 --group-add 3");
    const securityContext = {
      runAsUser: 0,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"], add: ["NET_RAW"] },
    };
    expect(words({ securityContext }, { pod })).toContain(
      "--user 0:2 --group-add 3 --read-only --cap-drop ALL --cap-add NET_RAW",
    );
  });

  it("asks podman alone for what only podman knows", () => {
    expect(words({})).toContain("--http-proxy=false");
    expect(words({}, { engine: docker })).not.toContain("http-proxy");
    expect(removeWords(podman, "x").join(" ")).toBe(
      "/usr/bin/podman rm --force --volumes --ignore --time 0 x",
    );
    expect(removeWords(docker, "x").join(" ")).toBe("/usr/bin/docker rm --force --volumes x");
  });

  it.each<[Partial<Container>, string]>([
    [{}, "--http-proxy=false sha256"],
    [{ stdin: true }, "--interactive sha256"],
    [{ tty: true }, "--tty sha256"],
    [{ stdin: true, tty: true }, "--interactive --tty sha256"],
  ])("connects a container with %o as it asks for", (container, part) => {
    expect(words(container)).toContain(part);
  });

  it("connects a command beside to what it is given", () => {
    const of = (stdin: boolean, tty: boolean) =>
      execWords(podman, "x", ["ls", "-l"], { stdin, tty }).slice(1).join(" ");
    expect(of(false, false)).toBe("exec x ls -l");
    expect(of(true, false)).toBe("exec --interactive x ls -l");
    expect(of(true, true)).toBe("exec --interactive --tty --env TERM=xterm x ls -l");
  });
});

it.each([
  ["PATH", true],
  ["HTTPS_PROXY", true],
  ["https_proxy", true],
  ["DOCKER_HOST", true],
  ["CONTAINER_HOST", true],
  ["XDG_RUNTIME_DIR", true],
  ["GODEBUG", true],
  ["PASSWORD", false],
  ["GOAL", false],
  ["PATHS", false],
  ["DOCKERFILE", false],
  ["DATABASE_URL", false],
])("the variable %s is one of the engine's own: %s", (name, expected) => {
  expect(isOfEngine(name)).toBe(expected);
});
