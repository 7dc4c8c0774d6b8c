package gateway

// maxDigits is how long the number of a channel may be.
const maxDigits = 9

// cutNumber cuts the number of a channel off the beginning of its frame. text is JSON,
// or empty if the frame ends the channel. ok is false if the number is malformed or the
// frame has none.
func cutNumber(b []byte) (number int, text []byte, ok bool) {
	n := 0
	for n < len(b) && n <= maxDigits && '0' <= b[n] && b[n] <= '9' {
		number = 10*number + int(b[n]-'0')
		n++
	}
	text = b[n:]
	if n == 0 || n > maxDigits || b[0] == '0' || len(text) > 0 && text[0] != '{' {
		return 0, nil, false
	}
	return number, text, true
}
