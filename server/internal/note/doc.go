// Package note keeps what agents write down beside a chat: notes for colleagues, and tags.
//
// Floor 2: it imports ids, store and wire. Notes and tags stand in no log of a chat, so that
// nothing that shows a chat to its visitor can have them, and a closed chat takes them, too.
// They are records of one stream that all nodes share.
package note
