package core_test

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
