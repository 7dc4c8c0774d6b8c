package wire

// Reader is a type that reads itself from a JSON value.
type Reader interface{ Read(Raw) error }

// Read reads members of a JSON object into variables. The pairs are a name and
// a *string, *uint64, *bool, *Raw or Reader each:
//
//	err := wire.Read(data, "chatId", &chatID, "seq", &seq)
//
// A member that is absent or null leaves its variable unchanged. A member of the
// wrong type is an error that names it. A Raw that is read shares raw's memory.
//
// Read panics if it meets a name without a variable, a name that is no string, or
// a variable of another type: the caller has a defect.
func Read(raw Raw, pairs ...any) error {
	return Members(raw, func(name string, v Raw) error {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i].(string) != name || IsNull(v) {
				continue
			}
			if err := read(v, pairs[i+1]); err != nil {
				return Errorf(CodeBadRequest, "%s: %s", name, err)
			}
		}
		return nil
	})
}

func read(v Raw, into any) (err error) {
	switch to := into.(type) {
	case *string:
		*to, err = String(v)
	case *uint64:
		*to, err = Uint(v)
	case *bool:
		*to, err = Bool(v)
	case *Raw:
		*to = v
	case Reader:
		err = to.Read(v)
	default:
		panic("wire.Read: cannot read into a variable of this type")
	}
	return err
}
