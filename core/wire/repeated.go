package wire

import "bytes"

// Repeated finds a name that comes twice in one object of a value, at any depth. Programs
// differ in which of the two they take, so that a filter may judge another value than
// the one that counts. Only the server asks; what is malformed has no repeated name.
func Repeated(raw Raw) (name string, found bool) {
	s := scanner{text: raw}
	s.space()
	return s.repeated()
}

func (s *scanner) repeated() (twice string, found bool) {
	c := s.next()
	if c != '{' && c != '[' {
		_ = s.value()
		return "", false
	}
	var names seen
	_ = s.each(c+2, func(name []byte) error {
		begin := s.at
		if name != nil && names.add(name) {
			twice, found = unquote(name), true
			return errRepeated
		}
		if twice, found = s.repeated(); found {
			return errRepeated
		}
		if s.at == begin {
			return s.wrong()
		}
		return nil
	})
	return twice, found
}

var errRepeated = Errorf(BadJSON, "a name comes twice")

// few names are compared one by one.
const few = 16

// seen are the names of an object so far.
type seen struct {
	list  [few][]byte
	count int
	more  map[string]bool // all of them, once they are not few
}

// add tells whether a name, as it is in the text, was there already.
func (n *seen) add(quoted []byte) bool {
	name := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(name, '\\') >= 0 {
		name = []byte(unquote(quoted))
	}
	if n.more == nil && n.count < few {
		for _, other := range n.list[:n.count] {
			if bytes.Equal(name, other) {
				return true
			}
		}
		n.list[n.count] = name
		n.count++
		return false
	}
	if n.more == nil {
		n.more = make(map[string]bool, 2*few)
		for _, other := range n.list {
			n.more[string(other)] = true
		}
	}
	if n.more[string(name)] {
		return true
	}
	n.more[string(name)] = true
	return false
}
