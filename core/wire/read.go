package wire

// Reader is what reads itself from a JSON value.
type Reader interface{ Read(Raw) error }

// Read takes members of a JSON object into variables: pairs of a name and a
// *string, *uint64, *bool, *Raw or Reader.
//
//	err := wire.Read(data, "chatId", &chatID, "seq", &seq)
//
// A member that is absent or null leaves its variable as it was; one of the
// wrong type is an error that names it. A Raw is a part of raw.
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
	}
	return err
}
