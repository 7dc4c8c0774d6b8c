package routing

import (
	"slices"
	"strings"
)

// speech tells how well an agent's languages suit a chat; less is better.
type languageMatch int

const (
	speaksLanguage languageMatch = iota // the account names the language
	speaksAny                           // the account names none: every language
	speaksNot
)

// speaks compares the languages of an account with one of a chat; every agent
// suits a chat that has none. "pt", "pt-BR" and "PT_br" are the same language.
func speaks(langs []string, lang string) languageMatch {
	switch {
	case lang == "" || len(langs) == 0:
		return speaksAny
	case slices.ContainsFunc(langs, func(l string) bool { return strings.EqualFold(primary(l), primary(lang)) }):
		return speaksLanguage
	}
	return speaksNot
}

// primary is what a language tag says before its region or script.
func primary(tag string) string {
	if end := strings.IndexAny(tag, "-_"); end > 0 {
		return tag[:end]
	}
	return tag
}

// understood leaves those who speak the chat's language, unless nobody does: an
// agent who does not is better than none at all. Who speaks it and has no time
// now is among them; then the chat has to wait.
func keepSpeakers(list []candidate) []candidate {
	if !slices.ContainsFunc(list, func(c candidate) bool { return c.languages != speaksNot }) {
		return list
	}
	return slices.DeleteFunc(list, func(c candidate) bool { return c.languages == speaksNot })
}
