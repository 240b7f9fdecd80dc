#!/usr/bin/env bash
# The conformance suite of Gateway API against `kubelane up`: all profiles, every feature that is not mesh's.
#
#   npm run build && test/conformance/gateway-api/run.sh [FLAGS OF THE SUITE, such as -run-test HTTPRouteCORS]
#
# Needs Linux, Go, kubectl and iproute2, and the network for Go's modules at the first time. Nothing of it is done to
# this machine's network: `up` and the suite run in a network namespace of their own, where its loopback addresses and
# ports 80 and 443 are free. The suite's report stands in report.yaml of the folder that KUBELANE_CONFORMANCE_DIR names.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
work=${KUBELANE_CONFORMANCE_DIR:-${TMPDIR:-/tmp}/kubelane-gateway-api}

if [[ ${1:-} != --inside ]]; then
  mkdir -p "$work/coredns"
  cd "$here"
  echo "building the suite, its echo server and CoreDNS"
  go build -o "$work/echo-basic" sigs.k8s.io/gateway-api/conformance/echo-basic
  go test -c -o "$work/suite" .
  if [[ ! -x $work/coredns/coredns ]]; then
    # A module of its own: what CoreDNS depends on is not what the suite does.
    cd "$work/coredns"
    [[ -e go.mod ]] || go mod init coredns-for-conformance
    printf '//go:build tools\n\npackage tools\n\nimport _ "github.com/coredns/coredns"\n' >tools.go
    go get github.com/coredns/coredns@v1.12.2
    go mod tidy
    go build -o coredns github.com/coredns/coredns
  fi
  cd "$here"
  GATEWAY_API=$(go list -m -f '{{.Dir}}' sigs.k8s.io/gateway-api)
  export GATEWAY_API
  map=(--map-root-user)
  [[ $(id -u) != 0 ]] || map=()
  exec unshare --net "${map[@]}" "$here/run.sh" --inside "$@"
fi
shift

ip link set lo up
cat >"$work/class.yaml" <<'YAML'
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata:
  name: kubelane
spec:
  controllerName: kubelane.dev/gateway-controller
YAML
cat >"$work/kubelane.yaml" <<YAML
manifests: [class.yaml]
network: pods
nodes:
  - name: kubelane
images:
  registry.k8s.io/gateway-api/echo-basic: $work/echo-basic
  registry.k8s.io/coredns/coredns: $work/coredns/coredns
YAML

rm -rf "$work/runtime"
export KUBELANE_RUNTIME_DIR="$work/runtime" KUBELANE_DATA_DIR="$work/data"
kubelane() { node "$root/dist/bin/kubelane.cjs" "$@"; }
cd "$work"
# Not by the function: its shell would be ended in place of the program.
node "$root/dist/bin/kubelane.cjs" up --load-balancer-range 127.112.0.0/22 >up.log 2>&1 &
up=$!
# That up was ended is no failure of this script.
trap 'kill $up 2>/dev/null; wait $up || true' EXIT
for _ in $(seq 300); do
  KUBECONFIG=$(kubelane kubeconfig --path 2>/dev/null) && break
  sleep 0.1
done
export KUBECONFIG
kubectl apply --server-side -k "$GATEWAY_API/config/crd/experimental" >crds.log

# What the suite knows as features, mesh aside, is what `up` says that it supports.
features=$(kubectl get gatewayclass kubelane -o jsonpath='{range .status.supportedFeatures[*]}{.name},{end}')
status=0
./suite -test.v -test.timeout=60m -gateway-class=kubelane -supported-features="${features%,}" \
  -conformance-profiles=GATEWAY-HTTP,GATEWAY-GRPC,GATEWAY-TLS,GATEWAY-TCP,GATEWAY-UDP \
  -usable-address=127.112.3.77 -unusable-address=192.0.2.9 \
  -organization=kubelane -project=kubelane -url=https://kubelane.dev -version="$(kubelane --version)" -contact=kubelane \
  -report-output="$work/report.yaml" "$@" >suite.log 2>&1 || status=$?
grep -E '^    --- FAIL' suite.log || true
echo "passed $(grep -cE '^    --- PASS' suite.log), failed $(grep -cE '^    --- FAIL' suite.log), skipped $(grep -cE '^    --- SKIP' suite.log): $work/suite.log, $work/report.yaml"
exit $status
