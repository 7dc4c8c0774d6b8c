package ids

import (
	"time"
)

func Default[N int | time.Duration](field *N, value N) {
	if *field <= 0 {
		*field = value
	}
}
