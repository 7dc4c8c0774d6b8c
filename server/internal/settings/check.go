package settings

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/limit"
)

// Bounds of settings.
const (
	year          = 366 * 86400 // seconds
	maxMediaBytes = 1 << 30     // of one file
	maxReplies    = 1000
	maxSurveys    = 100
	maxQuestions  = 100 // of one survey
)

var (
	isExtension = regexp.MustCompile(`^[a-z0-9]{1,16}$`).MatchString
	isLanguage  = regexp.MustCompile(`^[a-z]{2}$`).MatchString
)

// check refuses settings out of their bounds; the error names the setting.
func (all Settings) check(server Server) error {
	_, err := CheckAlgorithm(all.Assignment.Algorithm)
	if err != nil {
		err = malformed("assignment.algorithm", "%s", strings.TrimPrefix(err.Error(), "algorithm: "))
	}
	for _, number := range []struct {
		name               string
		value, least, most float64
	}{
		{"assignment.timeout", all.Assignment.Timeout, 0.05, 86400},
		{"assignment.maxAttempts", float64(all.Assignment.MaxAttempts), 1, 1000},
		{"assignment.maxChatsPerAgent", float64(all.Assignment.MaxChatsPerAgent), 0, 1000},
		{"assignment.bounds.minTimeout", all.Assignment.Bounds.MinTimeout, 0.05, all.Assignment.Bounds.MaxTimeout},
		{"assignment.bounds.maxTimeout", all.Assignment.Bounds.MaxTimeout, 0.05, 86400},
		{"assignment.bounds.maxAttempts", float64(all.Assignment.Bounds.MaxAttempts), 1, 1000},
		{"chats.expireAfter", all.Chats.ExpireAfter, 0, year},
		{"chats.expiryAlert", all.Chats.ExpiryAlert, 0, year},
		{"chats.visitorGrace", all.Chats.VisitorGrace, 0, year},
		{"chats.agentGrace", all.Chats.AgentGrace, 0, year},
		{"privacy.keepChats", float64(all.Privacy.KeepChats), 0, 36600},
		{"privacy.keepFiles", float64(all.Privacy.KeepFiles), 0, 36600},
		{"media.maxBytes", float64(all.Media.MaxBytes), 1, maxMediaBytes},
	} {
		if err == nil && (number.value < number.least || number.value > number.most) {
			err = ids.Refuse(wire.OutOfRange, number.name, "must be from %s to %s", ids.Number(number.least), ids.Number(number.most))
		}
	}
	return cmp.Or(err, all.Quotas.check(server.Quotas), all.Login.check(server.PlainProviders), all.Window.check(),
		checkEach("media.types", all.Media.Types, isExtension, "a file name extension in lower case, without a dot"),
		checkEach("languages", all.Languages, isLanguage, "an ISO 639-1 code, such as en"),
		checkEach("tags", all.Tags, isTag, "a tag: at most 40 characters, without a comma"),
		checkEach("history.senders", all.History.Senders, isSender, "the id of a bot"),
		checkRates(all.Rates), checkReplies(all.CannedReplies), checkSurveys(all.Surveys))
}

// checkEach refuses a list with an item that is not what it should be, or with one twice.
func checkEach(name string, list []string, fits func(string) bool, what string) error {
	for _, item := range list {
		if !fits(item) {
			return malformed(name, "%q is not %s", item, what)
		}
	}
	return ids.CheckNames(name, list)
}

// checkLanguage refuses what is no code of a language; "" is none in particular.
func checkLanguage(name, code string) error {
	if code != "" && !isLanguage(code) {
		return malformed(name, "%q is not an ISO 639-1 code, such as en", code)
	}
	return nil
}

// isSender tells whether pages may be allowed to name this sender. The server itself is
// none, and a page that names the user means its own.
func isSender(id string) bool { return id != chat.System && id != "user" }

// isTag tells whether a text may be offered as a tag.
func isTag(text string) bool {
	return ids.Visible(text) && !strings.Contains(text, ",") && ids.CheckText("", text, 40) == nil
}

// checkLine refuses a text that is empty or too long.
func checkLine(name, text string, most int) error {
	if text == "" {
		return ids.Refuse(wire.ValueMissing, name, "must be given and must not be empty")
	}
	return ids.CheckText(name, text, most)
}

// checkRates refuses rates that are no rates, and those of addresses, which are not an app's
// own.
func checkRates(rates map[limit.Count]limit.Rate) error {
	for count, r := range rates {
		err := r.Check()
		if count.Scope == limit.Address {
			err = errors.New("only the server has rates of addresses")
		}
		if err != nil {
			return malformed("rates."+count.String(), "%s", err)
		}
	}
	return nil
}

func checkReplies(list []CannedReply) error {
	if len(list) > maxReplies {
		return ids.Refuse(wire.TooManyValues, "cannedReplies", "%d replies, at most %d are allowed", len(list), maxReplies)
	}
	for i, r := range list {
		at := fmt.Sprintf("cannedReplies.%d.", i)
		if err := cmp.Or(checkLine(at+"title", r.Title, 200), checkLine(at+"text", r.Text, 10_000), checkLanguage(at+"lang", r.Lang)); err != nil {
			return err
		}
	}
	return nil
}

func checkSurveys(list []Survey) error {
	if len(list) > maxSurveys {
		return ids.Refuse(wire.TooManyValues, "surveys", "%d surveys, at most %d are allowed", len(list), maxSurveys)
	}
	seen := map[string]bool{}
	for i, s := range list {
		at := fmt.Sprintf("surveys.%d.", i)
		err := cmp.Or(ids.Check(at+"id", s.ID), checkLine(at+"title", s.Title, 200), checkQuestions(at+"questions", s.Questions))
		if err == nil && seen[s.ID] {
			err = ids.Refuse(wire.ValueTwice, at+"id", "%q is used twice", s.ID)
		}
		if err != nil {
			return err
		}
		seen[s.ID] = true
	}
	return nil
}

func checkQuestions(name string, list []SurveyQuestion) error {
	if n := len(list); n == 0 {
		return ids.Refuse(wire.ValueMissing, name, "there must be a question")
	} else if n > maxQuestions {
		return ids.Refuse(wire.TooManyValues, name, "%d questions, at most %d are allowed", n, maxQuestions)
	}
	seen := map[string]bool{}
	for i, q := range list {
		at := fmt.Sprintf("%s.%d.", name, i)
		err := cmp.Or(ids.Check(at+"id", q.ID), checkLine(at+"text", q.Text, 1000), ids.CheckNames(at+"options", q.Options))
		switch {
		case err != nil:
		case seen[q.ID]:
			err = ids.Refuse(wire.ValueTwice, at+"id", "%q is used twice", q.ID)
		case !slices.Contains([]string{"rating", "choice", "text"}, q.Type):
			err = malformed(at+"type", "must be rating, choice or text, not %q", q.Type)
		case q.Type == "choice" && len(q.Options) == 0:
			err = ids.Refuse(wire.ValueMissing, at+"options", "must be given for a choice")
		case q.Type != "choice" && len(q.Options) > 0:
			err = malformed(at+"options", "must be given for a choice alone")
		}
		if err != nil {
			return err
		}
		seen[q.ID] = true
	}
	return nil
}
