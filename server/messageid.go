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

// newMediaID names a file of a chat.
func newMediaID(chatID string) string { return chatID + "-" + NewID() }

// chatOfMedia gives the chat whose file it is, "" if the id is none.
func chatOfMedia(id string) string {
	chatID, unique, _ := strings.Cut(id, "-")
	if unique == "" {
		return ""
	}
	return chatID
}
