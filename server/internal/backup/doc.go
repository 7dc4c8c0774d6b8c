// Package backup writes all that a store has to one file, and makes a store of such a file.
//
// Floor 2: it imports store and nothing else of Parley.
//
// # What a backup is
//
// Of each stream the backup has every message as it was at one moment, and of a bucket, which is
// a stream too, the records of one moment (stream.go says why). The streams have moments
// of their own, in the order of order.go: what refers is taken before what it refers to, so
// that nothing that is referred to is missing. The one exception are the indexes of chats,
// whose records are written before the log; they are taken before the log all the same, as
// a chat that is open in the log must be in them. Restored says from when on the log may
// have entries that the indexes lack; the server brings those into agreement at its first start.
//
// # The file
//
// A line that names the format and its version; then, compressed with S2, entries of the
// format that NATS has for archives of streams; then the SHA-256 of all before. The first entry
// is the Header. Each stream has an entry that describes it, its messages, and an entry that
// counts them. The last is the Trailer. Reader refuses a file that is damaged or cut off
// before anything of it is used.
//
// Writing and reading take memory for a few messages, whatever the size of the store.
package backup
