package wire

// deepest is how deep values may be nested. The scanner calls itself for each level, for
// which the stack of WebAssembly in a browser is small.
const deepest = 500

// scanner goes through JSON text (RFC 8259) and finds where values end and whether they
// are well-formed. A name may come twice in an object. Strings may have bytes that are
// not UTF-8, and halves of surrogate pairs, which JSON.stringify writes as escapes.
type scanner struct {
	text  []byte
	at    int
	depth int // objects and arrays that are open
}

// next gives the byte to read next, 0 at the end; no JSON has a 0 outside of strings.
func (s *scanner) next() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

func (s *scanner) space() {
	for c := s.next(); c == ' ' || c == '\n' || c == '\r' || c == '\t'; c = s.next() {
		s.at++
	}
}

// wrong says that the byte to read next must not be there.
func (s *scanner) wrong() error {
	if s.at >= len(s.text) {
		return Errorf(BadJSON, "not valid JSON: it ends too early")
	}
	return Errorf(BadJSON, "not valid JSON: unexpected character at byte %d", s.at)
}

// end reads the rest, in which there must be nothing.
func (s *scanner) end() error {
	s.space()
	if s.at == len(s.text) {
		return nil
	}
	if err := s.value(); err != nil {
		return err
	}
	return Errorf(BadJSON, "has more than one JSON value")
}

func (s *scanner) value() error {
	switch c := s.next(); {
	case c == '"':
		return s.str()
	case c == '{' || c == '[':
		return s.each(c+2, func([]byte) error { return s.value() }) // ']' and '}' come two after
	case c == 't':
		return s.word("true")
	case c == 'f':
		return s.word("false")
	case c == 'n':
		return s.word("null")
	}
	return s.number()
}

// each reads an object or array, which ends with shut. For each of its values visit gets
// the text of its name, nil in an array, and must read the value.
func (s *scanner) each(shut byte, visit func(name []byte) error) error {
	if s.depth++; s.depth > deepest {
		return Errorf(BadJSON, "is nested deeper than %d", deepest)
	}
	s.at++
	s.space()
	for more := s.next() != shut; more; {
		name, err := s.name(shut)
		if err == nil {
			err = visit(name)
		}
		if err != nil {
			return err
		}
		s.space()
		if more = s.next() == ','; more {
			s.at++
			s.space()
		}
	}
	if s.next() != shut {
		return s.wrong()
	}
	s.at++
	s.depth--
	return nil
}

// name reads a name and its colon, if what ends with shut has names.
func (s *scanner) name(shut byte) ([]byte, error) {
	if shut != '}' {
		return nil, nil
	}
	begin := s.at
	if err := s.str(); err != nil {
		return nil, err
	}
	name := s.text[begin:s.at]
	s.space()
	if s.next() != ':' {
		return nil, s.wrong()
	}
	s.at++
	s.space()
	return name, nil
}

func (s *scanner) word(w string) error {
	for i := range len(w) {
		if s.next() != w[i] {
			return s.wrong()
		}
		s.at++
	}
	return nil
}

func (s *scanner) number() error {
	if s.next() == '-' {
		s.at++
	}
	if s.next() == '0' {
		s.at++
	} else if !s.digits() {
		return s.wrong()
	}
	if s.next() == '.' {
		s.at++
		if !s.digits() {
			return s.wrong()
		}
	}
	if s.next()|0x20 == 'e' {
		s.at++
		if c := s.next(); c == '+' || c == '-' {
			s.at++
		}
		if !s.digits() {
			return s.wrong()
		}
	}
	return nil
}

// digits reads digits, and tells whether there is one.
func (s *scanner) digits() bool {
	begin := s.at
	for c := s.next(); c >= '0' && c <= '9'; c = s.next() {
		s.at++
	}
	return s.at > begin
}

func (s *scanner) str() error {
	if s.next() != '"' {
		return s.wrong()
	}
	for s.at++; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case c == '"':
			s.at++
			return nil
		case c < ' ':
			return s.wrong()
		case c == '\\':
			s.at++
			switch s.next() {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			case 'u':
				if _, ok := unit(s.text[s.at+1:]); !ok {
					return s.wrong()
				}
				s.at += 4
			default:
				return s.wrong()
			}
		}
	}
	return s.wrong()
}
