module kubelane.invalid/bench/udp

go 1.19
