package server

import (
	"strconv"
	"strings"
)

// messageID names the message that stands at index i.
func messageID(chatID string, i int) string { return chatID + "." + strconv.Itoa(i+1) }

// splitMessageID finds the chat of a message, and its index there; -1 if the id
// is none.
func splitMessageID(id string) (chatID string, index int) {
	chatID, number, _ := strings.Cut(id, ".")
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || strconv.Itoa(n) != number {
		return chatID, -1
	}
	return chatID, n - 1
}

// newPartID names a file or a ticket of a chat: by its id the chat is found again.
func newPartID(chatID string) string { return chatID + "-" + NewID() }

// chatOfPart gives the chat of a file or a ticket, "" if the id is of another form.
func chatOfPart(id string) string {
	chatID, unique, _ := strings.Cut(id, "-")
	if unique == "" {
		return ""
	}
	return chatID
}
