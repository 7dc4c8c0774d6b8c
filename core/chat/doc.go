// Package chat makes a chat of its log, entry by entry. The client applies the
// pushes that it receives, and the server the entries that it stores. Both run this
// code, so that both get the same chat.
//
//	Apply(chat, entry) -> chat'       what an entry does
//	Check(chat, act)   -> error       whether an act is allowed now
//
// The life of a chat (interface notes, b.1 and b.2):
//
//	         create            join of an agent
//	(none) --------> waiting --------------------> active
//	                    ^        last agent left      |
//	                    +-----------------------------+
//	                    |            close            |
//	                    +-----------> closed <--------+
package chat
