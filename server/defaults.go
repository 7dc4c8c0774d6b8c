package server

import (
	"time"
)

func orDefault[N int | time.Duration](field *N, value N) {
	if *field <= 0 {
		*field = value
	}
}
