# What `get -w` prints while something happens.
kubectl get configmaps -l watched=yes -w --no-headers -o custom-columns=N:.metadata.name,V:.data.value >watch.log 2>&1 &
watch=$!
kubectl create configmap watched --from-literal=value=0 --dry-run=client -o yaml | kubectl label -f - --local -o yaml watched=yes | kubectl create -f - >/dev/null
tries=0
until grep -q watched watch.log || [ $((tries += 1)) -gt 100 ]; do sleep 0.1; done
for value in 1 2; do kubectl patch configmap watched -p "{\"data\":{\"value\":\"$value\"}}" >/dev/null; done
kubectl delete configmap watched >/dev/null
until [ "$(wc -l <watch.log)" -ge 4 ] || [ $((tries += 1)) -gt 200 ]; do sleep 0.1; done
kill $watch
cat watch.log
