package chatstate

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTicketNumbers(t *testing.T) {
	form := regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$`)
	seen := map[string]uint64{}
	for _, from := range []uint64{1, 1 << 32, 1<<40 - 50_000} {
		for seq := from; seq < from+50_000; seq++ {
			number := TicketNumber(seq)
			if first, twice := seen[number]; twice || !form.MatchString(number) {
				t.Fatalf("%d has the number %s, as %d has", seq, number, first)
			}
			seen[number] = seq
		}
	}
	assert.NotEqual(t, TicketNumber(7)[:4], TicketNumber(8)[:4], "it does not count")
}
