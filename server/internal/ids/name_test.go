package ids

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCleanName(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"Vera": "Vera", " Vera ": "Vera", "": "", "Zoë O'Hara-Ñuñez": "Zoë O'Hara-Ñuñez",
		"Vera\n12:00  Agent 1": "Vera 12:00  Agent 1", "a\rb\vc\fd\u0085e\u2028f\u2029g\th": "a b c d e f g h",
		"Ag\x00ent\x1b[2K\x1c\x7f": "Agent[2K", "\u202e1 tnegA": "1 tnegA", "\u2066a\u2069\u200e\u200f\u061cb": "ab",
		"Agent\u200b 1\ufeff\u2060": "Agent 1", "Agent\u00ad": "Agent", "Agent\u200d\u200c 1": "Agent 1", "\u200d\u200cA": "A",
		"A\U000e0041gent": "Agent", "\xff\xfeVera": "Vera",
		// What spelling needs stays: Persian, a Malayalam name of old spelling, Sinhala, a wide blank, emoji, an ideographic variant.
		"می\u200cخواهم": "می\u200cخواهم", "രാജന്\u200d": "രാജന്\u200d", "ශ්\u200dරී": "ශ්\u200dරී",
		"山田\u3000太郎": "山田\u3000太郎", "👩\u200d💻": "👩\u200d💻", "❤\ufe0f\u200d🔥": "❤\ufe0f\u200d🔥", "葛\U000e0100": "葛\U000e0100",
		"می\u200c\u200cخ": "می\u200cخ",
	} {
		assert.Equal(t, want, CleanName(given), "%q", given)
	}
}
