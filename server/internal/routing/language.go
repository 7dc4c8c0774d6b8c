package routing

import (
	"slices"
	"strings"
)

// languageMatch says how well an agent's languages suit a chat; less is better.
type languageMatch int

const (
	speaksLanguage languageMatch = iota // the account names the chat's language
	speaksAny                           // the account names none, which means every language
	speaksNot
)

// speaks compares the languages of an account with the one of a chat; a chat without
// one suits every agent. "pt", "pt-BR" and "PT_br" are the same language.
func speaks(langs []string, lang string) languageMatch {
	switch {
	case lang == "" || len(langs) == 0:
		return speaksAny
	case slices.ContainsFunc(langs, func(l string) bool { return strings.EqualFold(primary(l), primary(lang)) }):
		return speaksLanguage
	}
	return speaksNot
}

// primary gives a language tag without its region and script.
func primary(tag string) string {
	if end := strings.IndexAny(tag, "-_"); end > 0 {
		return tag[:end]
	}
	return tag
}

// keepSpeakers leaves the candidates who speak the chat's language, unless nobody
// does: an agent who does not is better than none. One who speaks it and is not free
// counts; then the chat has to wait for them.
func keepSpeakers(list []candidate) []candidate {
	if !slices.ContainsFunc(list, func(c candidate) bool { return c.languages != speaksNot }) {
		return list
	}
	return slices.DeleteFunc(list, func(c candidate) bool { return c.languages == speaksNot })
}
