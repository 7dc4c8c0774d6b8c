package core_test

import "parley/core"

// gate is what the network makes of connections by one transport.
type gate int

const (
	passes  gate = iota
	refuses      // they cannot be made
	hangs        // nobody answers
	mutes        // they open, and nothing passes
	cuts         // they pass, and do not last
)

// rewire puts the pages into another network: in most all is well, in some one of the
// transports is cut off, for good or until the next network. The other one must do then.
func (w *world) rewire() {
	w.gates = map[core.Transport]gate{}
	switch w.networks.IntN(6) {
	case 0, 1:
		w.gates[core.TransportWebSocket] = gate(1 + w.networks.IntN(int(cuts)))
	case 2:
		w.gates[core.TransportHTTP] = gate(1 + w.networks.IntN(int(mutes)))
	}
}

// trouble is ten seconds without a network, or without a store that accepts anything.
// It checks that clients retry at a limited rate.
func (w *world) trouble() {
	w.noNetwork = w.random.IntN(2) == 0
	w.noStore = !w.noNetwork
	for _, p := range w.pages {
		if p.dials = 0; w.noNetwork {
			p.breakDown()
		}
	}
	things := 0
	for end := w.now + 10_000; w.now < end; {
		for _, p := range w.pages {
			for p.network() {
				things++
			}
			w.check(p.dials < 100, "%s has tried to connect %d times", p.name, p.dials)
		}
		w.check(things < 2000, "too much goes to and fro: %d things", things)
		if !w.tick() {
			w.now = end
		}
	}
	w.noNetwork, w.noStore = false, false
}
