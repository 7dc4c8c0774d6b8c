// Package media stores the files of chats, judges their types, and removes what failed
// uploads leave behind.
//
// Floor 3: it imports chatstate, ids, store and core/wire.
//
// A file belongs to one chat, whose id its own id begins with. It is stored before the
// message about it is appended to the chat's log, and it stays as long as the log has that
// message: nothing removes it by itself.
//
// Put stores a whole file or nothing, of a bounded size and read as a stream. What a crash
// leaves of an upload is removed hours later by any node (leftovers.go), unless
// the log has the message.
//
// A file is read chunk by chunk, from any place, at the pace of whoever reads it
// (content.go). Uploads and downloads that are slower than LeastRate end (rate.go).
//
// A file is accepted only if its name, what its sender declares and its first bytes fit
// together, and never if a browser or a machine could run it (type.go).
package media
