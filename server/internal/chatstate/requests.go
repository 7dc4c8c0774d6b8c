package chatstate

// HasRecordOf tells whether a user's request is in the log. It may be called at any time.
func (f *Folded) HasRecordOf(by, eventID string) bool {
	f.mu.RLock()
	defer f.mu.RUnlock()
	_, found := f.RecordOf(by, eventID)
	return found
}

// DoneAs tells whether a user's request is in the log as this event. It may be called at
// any time.
func (f *Folded) DoneAs(by, eventID, event string) bool {
	f.mu.RLock()
	defer f.mu.RUnlock()
	r, found := f.RecordOf(by, eventID)
	return found && r.Event == event
}

// RecordOf finds the entry that a user's request has made. The caller holds the
// chat's lock.
func (f *Folded) RecordOf(by, eventID string) (Record, bool) {
	if eventID == "" {
		return Record{}, false
	}
	i, found := f.recordOf[requestKey(by, eventID)]
	if !found {
		return Record{}, false
	}
	return f.Log[i], true
}

func requestKey(userID, eventID string) string { return userID + "\x00" + eventID }
