// Package chat is what a chat is: the fold of its log. The client applies the
// pushes it gets, the server the entries it stored; both run this code, so both
// come to the same chat.
//
//	Apply(chat, entry) -> chat'       what an entry does, for whoever keeps the chat
//	Check(chat, act)   -> error       whether an act is legal now, for whoever starts it
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
