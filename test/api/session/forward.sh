# What a port-forward leads to, then what kubectl said: forward.sh TARGET PORTS
kubectl port-forward "$1" "$2" >forward.log 2>&1 &
forward=$!
tries=0
until grep -q 'Forwarding from 127' forward.log || [ $((tries += 1)) -gt 200 ] || ! kill -0 $forward 2>/dev/null; do sleep 0.1; done
port=$(sed -n 's/Forwarding from 127.0.0.1:\([0-9]*\).*/\1/p' forward.log)
[ -z "$port" ] || curl -s "http://127.0.0.1:$port/" "http://127.0.0.1:$port/"
# After an error the client leaves by itself.
! grep -q error forward.log || sleep 1
kill $forward 2>/dev/null
{ wait $forward; } 2>/dev/null
sed "s/:$port/:LOCAL/; s/ for $port/ for LOCAL/; /\[::1\]/d" forward.log
