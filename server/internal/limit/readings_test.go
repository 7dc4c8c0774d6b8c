package limit

import (
	"context"
	"net/netip"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func reader(user, network string) Reader {
	return Reader{user, Household(netip.MustParseAddr(network))}
}

// tryBegin is Begin for who does not wait.
func tryBegin(r *Readings, who Reader, bytes int64) (own context.Context, end func(), ok bool) {
	ended, stop := context.WithCancel(context.Background())
	stop()
	return r.Begin(ended, who, bytes)
}

func TestReadingsAreBounded(t *testing.T) {
	r := NewReadings(100, time.Minute)
	begins := func(who Reader, bytes int64) func() {
		t.Helper()
		_, end, ok := tryBegin(r, who, bytes)
		require.True(t, ok)
		return end
	}
	refused := func(who Reader, bytes int64) {
		t.Helper()
		_, _, ok := tryBegin(r, who, bytes)
		assert.False(t, ok)
	}
	first := begins(reader("a", "198.51.100.1"), 30)
	refused(reader("a", "198.51.100.2"), 1) // a user has one at a time
	begins(reader("b", "198.51.100.1"), 20)
	refused(reader("c", "198.51.100.1"), 1) // an address has half of all
	begins(reader("d", "198.51.100.3"), 40)
	begins(Reader{}, 5)
	begins(Reader{}, 5)
	refused(Reader{}, 1) // all have no more
	first()
	first() // to end a reading twice changes nothing
	refused(reader("e", "198.51.100.4"), 31)
	begins(reader("a", "198.51.100.4"), 30)
	one := NewReadings(100, time.Minute)
	_, end, ok := tryBegin(one, reader("a", "198.51.100.1"), 1000)
	require.True(t, ok, "what is longer than all the room has it alone")
	_, _, ok = tryBegin(one, reader("b", "198.51.100.2"), 1)
	assert.False(t, ok)
	end()
	_, _, ok = tryBegin(one, reader("b", "198.51.100.2"), 1)
	assert.True(t, ok)
}

// Slow readers, however slow, give way to others after a while, and to nobody else.
func TestSlowReadersGiveWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := NewReadings(4, 30*time.Second)
		var slow []context.Context
		for n := range 4 {
			own, end, ok := tryBegin(r, reader("slow"+strconv.Itoa(n), "198.51.100."+strconv.Itoa(n)), 1)
			require.True(t, ok)
			defer context.AfterFunc(own, end)()
			slow = append(slow, own)
			<-time.After(time.Second)
		}
		begun := time.Now()
		within, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		_, end, ok := r.Begin(within, reader("honest", "203.0.113.1"), 1)
		require.True(t, ok)
		assert.Equal(t, 26*time.Second, time.Since(begun), "30 s after the oldest began")
		end()
		synctest.Wait()
		require.Error(t, slow[0].Err())
		for _, other := range slow[1:] {
			require.NoError(t, other.Err())
		}
		<-time.After(time.Hour)
		for _, other := range slow[1:] {
			require.NoError(t, other.Err(), "nobody has asked for the room")
		}
		_, _, ok = r.Begin(within, reader("slow3", "203.0.113.1"), 1)
		require.False(t, ok, "within has ended; but their own old reading is cut")
		synctest.Wait()
		require.Error(t, slow[3].Err())
	})
}

// A household has 256 networks, and the room of one address.
func TestReadingsOfAHousehold(t *testing.T) {
	r, begun := NewReadings(100, time.Minute), 0
	for n := range 256 {
		if _, _, ok := tryBegin(r, Reader{strconv.Itoa(n), Household(household(n))}, 10); ok {
			begun++
		}
	}
	t.Logf("%d of 256 visitors of a household read at once", begun)
	assert.Equal(t, 5, begun)
}
