package chatstate

import (
	"strconv"
	"strings"

	"parley/server/internal/ids"
)

// MessageID names the message that stands at index i.
func MessageID(chatID string, i int) string { return chatID + "." + strconv.Itoa(i+1) }

// SplitMessageID finds the chat of a message, and its index there; -1 if the id
// is none.
func SplitMessageID(id string) (chatID string, index int) {
	chatID, number, _ := strings.Cut(id, ".")
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || strconv.Itoa(n) != number {
		return chatID, -1
	}
	return chatID, n - 1
}

// NewPartID names a file or a ticket of a chat: by its id the chat is found again.
func NewPartID(chatID string) string { return chatID + "-" + ids.New() }

// ChatOfPart gives the chat of a file or a ticket, "" if the id is of another form.
func ChatOfPart(id string) string {
	chatID, unique, _ := strings.Cut(id, "-")
	if unique == "" {
		return ""
	}
	return chatID
}
