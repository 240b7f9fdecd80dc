"""What programs in Python do with the package kubernetes, against the API that KUBECONFIG names, with Pod web running."""

import threading

import yaml
from kubernetes import client, config, dynamic, utils, watch
from kubernetes.client.rest import ApiException
from kubernetes.stream import portforward, stream

config.load_kube_config()
core, apps, custom = client.CoreV1Api(), client.AppsV1Api(), client.CustomObjectsApi()


def expect(actual, expected):
    assert actual == expected, f"{actual!r} is not {expected!r}"


# Objects, in pages and by labels.
core.create_namespace({"metadata": {"name": "python"}})
for i in range(5):
    core.create_namespaced_config_map("python", client.V1ConfigMap(
        metadata=client.V1ObjectMeta(name=f"m{i}", labels={"set": "m"}), data={"n": str(i)}))
page = core.list_namespaced_config_map("python", label_selector="set=m", limit=2)
names = [each.metadata.name for each in page.items]
while page.metadata._continue:
    page = core.list_namespaced_config_map("python", label_selector="set=m", limit=2, _continue=page.metadata._continue)
    names += [each.metadata.name for each in page.items]
expect(names, ["m0", "m1", "m2", "m3", "m4"])

# A watch goes on from a list, and sees what comes.
listed = core.list_namespaced_config_map("python")


def change():
    core.patch_namespaced_config_map("m1", "python", {"data": {"n": "10"}})
    core.delete_namespaced_config_map("m2", "python")
    core.create_namespaced_config_map("python", {"metadata": {"name": "m9"}})


thread = threading.Timer(0.2, change)
thread.start()
seen = []
watching = watch.Watch()
for event in watching.stream(core.list_namespaced_config_map, "python",
                             resource_version=listed.metadata.resource_version, timeout_seconds=60):
    seen.append((event["type"], event["object"].metadata.name))
    if len(seen) == 3:
        watching.stop()
expect(seen, [("MODIFIED", "m1"), ("DELETED", "m2"), ("ADDED", "m9")])

# Errors are what they are elsewhere.
for call, code, reason in [
    (lambda: core.read_namespaced_config_map("missing", "python"), 404, "NotFound"),
    (lambda: core.create_namespaced_config_map("python", {"metadata": {"name": "m1"}}), 409, "AlreadyExists"),
    (lambda: core.create_namespaced_config_map("python", {"metadata": {"name": "No Name"}}), 422, "Invalid"),
]:
    try:
        call()
        raise AssertionError(f"no {reason}")
    except ApiException as error:
        expect(error.status, code)
        expect(yaml.safe_load(error.body)["reason"], reason)

# Manifests, scale and status.
utils.create_from_dict(client.ApiClient(), yaml.safe_load("""
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: python}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "web:1"}]}
"""))
apps.patch_namespaced_deployment_scale("web", "python", {"spec": {"replicas": 3}})
expect(apps.read_namespaced_deployment("web", "python").spec.replicas, 3)
expect(len(core.list_namespaced_pod("python", label_selector="app=web").items), 3)

# Custom resources, typed by nothing.
client.ApiextensionsV1Api().create_custom_resource_definition({
    "metadata": {"name": "tests.python.example.com"},
    "spec": {"group": "python.example.com", "scope": "Namespaced", "names": {"plural": "tests", "kind": "Test"},
             "versions": [{"name": "v1", "served": True, "storage": True, "subresources": {"status": {}},
                           "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                               "spec": {"type": "object", "properties": {"size": {"type": "integer", "default": 1}}},
                               "status": {"type": "object", "properties": {"phase": {"type": "string"}}}}}}}]}})
made = custom.create_namespaced_custom_object("python.example.com", "v1", "python", "tests", {
    "apiVersion": "python.example.com/v1", "kind": "Test", "metadata": {"name": "t"}, "spec": {}})
expect(made["spec"]["size"], 1)
custom.patch_namespaced_custom_object_status("python.example.com", "v1", "python", "tests", "t", {"status": {"phase": "Good"}})
expect(custom.get_namespaced_custom_object("python.example.com", "v1", "python", "tests", "t")["status"], {"phase": "Good"})

# The dynamic client goes by discovery, and applies.
maps = dynamic.DynamicClient(client.ApiClient()).resources.get(api_version="v1", kind="ConfigMap")
applied = maps.server_side_apply(body={"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "applied"},
                                       "data": {"a": "b"}}, namespace="python", name="applied", field_manager="python")
expect(applied.data.a, "b")
expect([each.manager for each in applied.metadata.managedFields], ["python"])

# A pod that runs: its log, a command beside it, a connection into it.
expect("listening" in core.read_namespaced_pod_log("web", "default"), True)
said = stream(core.connect_get_namespaced_pod_exec, "web", "default", command=["sh", "-c", "echo $0; echo err >&2", "arg"],
              stderr=True, stdin=False, stdout=True, tty=False)
expect(sorted(said.split()), ["arg", "err"])
typed = stream(core.connect_get_namespaced_pod_exec, "web", "default", command=["sh", "-c", "read line; echo got $line; exit 3"],
               stderr=True, stdin=True, stdout=True, tty=False, _preload_content=False)
typed.write_stdin("text\n")
typed.run_forever(timeout=30)
expect((typed.read_stdout().strip(), typed.returncode), ("got text", 3))
forward = portforward(core.connect_get_namespaced_pod_portforward, "web", "default", ports="8080")
socket = forward.socket(8080)
socket.setblocking(True)
socket.sendall(b"GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n")
answer = b""
while chunk := socket.recv(4096):
    answer += chunk
expect(answer.endswith(b"from the pod") or b"from the pod" in answer, True)

# Everything goes with its namespace.
core.delete_namespace("python")
expect(core.list_namespaced_config_map("python").items, [])
print("all as expected")
