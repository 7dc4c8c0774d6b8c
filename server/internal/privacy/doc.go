// Package privacy remembers what is to be done with people's data: which erasures are not
// finished, and whose data is on hold and must not be removed.
//
// Floor 2. It may import ids and store. Package server carries the erasures out.
package privacy
