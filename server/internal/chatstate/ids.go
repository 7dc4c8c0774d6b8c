package chatstate

import (
	"strconv"
	"strings"

	"parley/server/internal/ids"
)

// MessageID names the message at an index.
func MessageID(chatID string, index int) string { return chatID + "." + strconv.Itoa(index+1) }

// SplitMessageID gives the chat of a message and the message's index there, -1 if
// the id is not one of a message.
func SplitMessageID(id string) (chatID string, index int) {
	chatID, number, _ := strings.Cut(id, ".")
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || strconv.Itoa(n) != number {
		return chatID, -1
	}
	return chatID, n - 1
}

// NewPartID names a new file or ticket of a chat. The id leads back to the chat.
func NewPartID(chatID string) string { return chatID + "-" + ids.New() }

// ChatOfPart gives the chat of a file or a ticket, "" if the id is not one of either.
func ChatOfPart(id string) string {
	chatID, unique, _ := strings.Cut(id, "-")
	if unique == "" {
		return ""
	}
	return chatID
}
