module kubelane.invalid/bench/websocket

go 1.19
