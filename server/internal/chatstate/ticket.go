package chatstate

// ticketDigits are Crockford's base 32: no letter that looks or sounds like another sign.
const ticketDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// ticketBits is what eight such digits hold.
const ticketBits = 40

// TicketNumber gives the number of a ticket for people to write down and to say, such as
// K7QF-2M9X; its id stays what programs use. n is the number of the position of the entry before the
// ticket's among all chats. The log gives each once, and below 2^40 each makes another ticket, in
// which nobody sees how many messages there are.
func TicketNumber(n uint64) string {
	// Both steps can be undone, so no two numbers are equal.
	const odd, mask = 0x9E3779B97F, 1<<ticketBits - 1
	n = n * odd & mask
	n ^= n >> (ticketBits / 2)
	n = n * odd & mask
	number := make([]byte, 0, ticketBits/5+1)
	for shift := ticketBits - 5; shift >= 0; shift -= 5 {
		if len(number) == 4 {
			number = append(number, '-')
		}
		number = append(number, ticketDigits[n>>shift&31])
	}
	return string(number)
}
