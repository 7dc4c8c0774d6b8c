package server

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/gateway"
	"parley/server/internal/ids"
	"parley/server/internal/media"
	"parley/server/internal/privacy"
)

// erased counts what an erasure has removed.
type erased struct {
	Chats    int `json:"chats"`    // removed whole
	Entries  int `json:"entries"`  // of logs: redacted, or removed with their chats
	Files    int `json:"files"`    //
	Answers  int `json:"answers"`  // to surveys
	Listed   int `json:"listed"`   // records in the lists of closed chats
	Notes    int `json:"notes"`    // of agents about chats that are removed, or whose visitor is
	Sessions int `json:"sessions"` //
}

func (e *erased) add(o erased) {
	e.Chats, e.Entries, e.Files = e.Chats+o.Chats, e.Entries+o.Entries, e.Files+o.Files
	e.Answers, e.Listed, e.Notes, e.Sessions = e.Answers+o.Answers, e.Listed+o.Listed, e.Notes+o.Notes, e.Sessions+o.Sessions
}

// Bounds of an erasure.
const (
	erasureReply  = 8 * time.Second  // after which the reply says that it goes on
	erasureWithin = 30 * time.Minute // after which it is taken up again, by any node
)

// startErasure carries out an erasure, which goes on when the caller does not wait. done is
// false if it has not ended when the reply is due: the counts are what was removed by then.
func (s *Server) startErasure(e privacy.Erasure, by string) (removed erased, done bool, err error) {
	type result struct {
		removed erased
		err     error
	}
	ended := make(chan result, 1)
	s.running.Go(func() {
		removed, err := s.finishErasure(e, by)
		ended <- result{removed, err}
	})
	select {
	case r := <-ended:
		return r.removed, r.err == nil, r.err
	case <-time.After(erasureReply):
		return erased{}, false, nil
	}
}

// finishErasure carries out an erasure to its end, or to an error after which it is taken
// up again.
func (s *Server) finishErasure(e privacy.Erasure, by string) (removed erased, err error) {
	ctx, stop := context.WithTimeout(s.ctx, erasureWithin)
	defer stop()
	ctx, written := s.engine.Writing(ctx)
	defer written()
	begun := time.Now()
	switch e.Kind {
	case privacy.OfUser:
		removed, err = s.eraseUser(ctx, e.Key)
	case privacy.OfChat:
		removed, err = s.eraseChat(ctx, e.Key)
	case privacy.OfApp:
		removed, err = s.eraseApp(ctx, e.Key.App)
	}
	if err == nil {
		err = s.privacy.End(ctx, e)
	}
	if ids.IsCode(err, wire.OnHold.Code()) {
		return removed, errors.Join(s.waitForHold(ctx, e, err), err)
	}
	if err != nil {
		s.warn("erasure: not finished, will be taken up again", err)
		return removed, err
	}
	s.options.Logger.Info("audit: erased", "what", e.Kind, "app", e.Key.App, "id", e.Key.ID, "by", by,
		"took", time.Since(begun), "removed", removed)
	return removed, nil
}

// checkFree refuses an erasure of what is on hold, wholly or in part.
func (s *Server) checkFree(ctx context.Context, e privacy.Erasure) error {
	switch e.Kind {
	case privacy.OfUser:
		return s.checkUserFree(ctx, e.Key)
	case privacy.OfChat:
		return s.checkChatFree(ctx, e.Key)
	default:
		return s.checkAppFree(ctx, e.Key.App)
	}
}

// checkUserFree refuses to erase a user who is on hold, or was in a chat that is not free.
func (s *Server) checkUserFree(ctx context.Context, user ids.Key) error {
	if err := s.privacy.CheckFree(ctx, privacy.OfUser, user); err != nil {
		return err
	}
	return s.members.Past.Each(ctx, user.App, user.ID, func(chatID string) error {
		return s.checkChatFree(ctx, ids.Key{App: user.App, ID: chatID})
	})
}

// eraseUser removes what the server has of a user. The record of the user goes last: an
// erasure that was interrupted begins with it again.
func (s *Server) eraseUser(ctx context.Context, user ids.Key) (removed erased, err error) {
	u, err := s.identity.User(ctx, user.App, user.ID)
	if ids.IsCode(err, wire.CodeNotFound) {
		return removed, s.forgetUser(ctx, user)
	}
	if err == nil && u.Username != "" {
		err = s.endAgent(ctx, user.App, u.ID)
	}
	if err != nil {
		return removed, err
	}
	removed.Sessions, err = s.identity.RemoveSessions(ctx, user.App, user.ID)
	s.endConnections(user, "", err)
	if err != nil {
		return removed, err
	}
	err = s.members.Past.Each(ctx, user.App, user.ID, func(chatID string) error {
		n, err := s.eraseUserFrom(ctx, ids.Key{App: user.App, ID: chatID}, user.ID)
		removed.add(n)
		return err
	})
	if err == nil {
		err = s.privacy.CheckFree(ctx, privacy.OfUser, user)
	}
	if err == nil {
		err = s.forgetUser(ctx, user)
	}
	if err != nil {
		return removed, err
	}
	return removed, s.identity.EraseUser(ctx, user.App, u.ID)
}

// forgetUser removes what is kept under a user's id beside their record, also of visitors
// whose record has expired.
func (s *Server) forgetUser(ctx context.Context, user ids.Key) error {
	if err := s.members.Forget(ctx, user.App, user.ID); err != nil {
		return err
	}
	if err := s.notes.EraseBy(ctx, user.App, user.ID); err != nil {
		return err
	}
	return s.blocks.Forget(ctx, user.App, user.ID)
}

// eraseUserFrom removes what a chat has of a user, unless a hold came in between. The
// visitor's chat is closed before.
func (s *Server) eraseUserFrom(ctx context.Context, key ids.Key, userID string) (removed erased, err error) {
	if err := s.checkChatFree(ctx, key); err != nil {
		return removed, err
	}
	now, err := s.closedForErasure(ctx, key, func(now chatstate.State) bool { return now.Chat.Creator == userID })
	if err != nil || now.Seq == 0 {
		return removed, err
	}
	if removed.Files, err = s.eraseFiles(ctx, key.App, media.Of(&now, userID)); err != nil {
		return removed, err
	}
	if now.Chat.Creator == userID && now.Ticket != "" {
		if removed.Answers, err = s.surveys.Erase(ctx, key.App, now.Ticket); err != nil {
			return removed, err
		}
	}
	if now.Chat.Creator == userID {
		if removed.Notes, err = s.notes.Erase(ctx, key); err != nil {
			return removed, err
		}
	}
	if removed.Listed, err = s.archive.Erase(ctx, key, &now, true); err != nil {
		return removed, err
	}
	removed.Entries, err = s.redact(ctx, key, &now, &chatstate.Redaction{About: userID, User: userID, Creator: now.Chat.Creator == userID})
	return removed, err
}

// redact removes content from a chat's log. Nobody follows a closed chat any more, but its
// members may show it: they are told to load it again.
func (s *Server) redact(ctx context.Context, key ids.Key, now *chatstate.State, what *chatstate.Redaction) (changed int, err error) {
	changed, err = s.log.Redact(ctx, key, chat.System, what)
	if err == nil && changed > 0 && now.Chat.Status == chat.Closed {
		s.pushToMembers(key, now, chat.EventRedact, chatstate.RedactionNotice(key.ID, what.About))
	}
	return changed, err
}

// pushToMembers pushes an event about a closed chat to all who were ever in it.
func (s *Server) pushToMembers(key ids.Key, now *chatstate.State, event string, data wire.Raw) {
	for _, id := range now.EverJoined() {
		s.hub.PushToUser(ids.Key{App: key.App, ID: id}, gateway.Push{Event: event, Data: json.RawMessage(data)})
	}
}

// closedForErasure gives a chat, after it has closed it if that is needed; the zero State
// if there is no such chat.
func (s *Server) closedForErasure(ctx context.Context, key ids.Key, needed func(chatstate.State) bool) (chatstate.State, error) {
	_, now, err := s.log.ViewLatest(ctx, key)
	if err == nil && now.Chat.Status != chat.Closed && needed(now) {
		if err = s.dispatcher.CloseErased(ctx, key); err == nil {
			_, now, err = s.log.ViewLatest(ctx, key)
		}
	}
	if ids.IsCode(err, wire.CodeNotFound) {
		return chatstate.State{}, nil
	}
	return now, err
}

func (s *Server) eraseFiles(ctx context.Context, app string, fileIDs []string) (n int, err error) {
	for _, id := range fileIDs {
		removed, err := s.media.Erase(ctx, app, id)
		if err != nil {
			return n, err
		}
		if removed {
			n++
		}
	}
	return n, nil
}

// eraseChat removes a chat whole, unless a hold came in between. Its log goes last, as it says
// what belongs to the chat.
func (s *Server) eraseChat(ctx context.Context, key ids.Key) (removed erased, err error) {
	if err := s.checkChatFree(ctx, key); err != nil {
		return removed, err
	}
	now, err := s.closedForErasure(ctx, key, func(chatstate.State) bool { return true })
	if err != nil {
		return removed, err
	}
	if now.Seq != 0 {
		if removed, err = s.eraseBesideLog(ctx, key, &now); err != nil {
			return removed, err
		}
		removed.Chats = 1
	}
	removed.Entries, err = s.log.Remove(ctx, key, chat.System)
	if last, failed := s.log.Follows(ctx, key, 0); err == nil && failed == nil {
		s.pushToMembers(key, &now, chat.EventRemove, wire.NewObject(nil).Str("chatId", key.ID).Raw("chat", chatstate.NoChat(key.ID, last.Seq)).Done())
	}
	if ids.IsCode(err, wire.CodeNotFound) { // there never was one
		err = nil
	}
	if err == nil { // last, as nobody finds the chat any more to add one
		removed.Notes, err = s.notes.Erase(ctx, key)
	}
	return removed, err
}

// eraseBesideLog removes what belongs to a chat and is not in its log.
func (s *Server) eraseBesideLog(ctx context.Context, key ids.Key, now *chatstate.State) (removed erased, err error) {
	if removed.Files, err = s.eraseFiles(ctx, key.App, media.Of(now, "")); err != nil {
		return removed, err
	}
	if now.Ticket != "" {
		if removed.Answers, err = s.surveys.Erase(ctx, key.App, now.Ticket); err != nil {
			return removed, err
		}
	}
	if removed.Listed, err = s.archive.Erase(ctx, key, now, false); err != nil {
		return removed, err
	}
	for _, id := range now.EverJoined() {
		if err := s.members.Past.Remove(ctx, key, id); err != nil {
			return removed, err
		}
	}
	return removed, s.chats.Remove(ctx, key)
}

// finishErasures takes up the erasures that a node has begun and not finished, now and
// again until ctx ends.
func (s *Server) finishErasures(ctx context.Context) {
	for {
		if err := s.takeUpErasures(ctx, erasureWithin); err != nil && ctx.Err() == nil {
			s.warn("erasure: those that are not finished wait", err)
		}
		select {
		case <-time.After(time.Minute):
		case <-ctx.Done():
			return
		}
	}
}

// takeUpErasures finishes the erasures that began longer ago than age.
func (s *Server) takeUpErasures(ctx context.Context, age time.Duration) error {
	list, err := s.privacy.Unfinished(ctx, age)
	for _, e := range list {
		err = errors.Join(err, s.takeUpErasure(ctx, e))
	}
	return err
}

// takeUpErasure finishes an erasure, unless what it would remove is on hold: then it goes on
// when the hold has ended.
func (s *Server) takeUpErasure(ctx context.Context, e privacy.Erasure) error {
	ctx, stop := context.WithTimeout(ctx, erasureWithin)
	defer stop()
	err := s.checkFree(ctx, e)
	if ids.IsCode(err, wire.OnHold.Code()) {
		return s.waitForHold(ctx, e, err)
	}
	if err == nil && e.Waiting {
		e.Waiting, err = false, s.privacy.Begin(ctx, e) // anew: other nodes leave it alone
	}
	if err == nil {
		_, _ = s.finishErasure(e, chat.System) // it has logged the error
	}
	return err
}

// waitForHold notes that an erasure waits for the end of a hold, and logs it once. An app is
// whole until its erasure is past all holds, and is used again meanwhile.
func (s *Server) waitForHold(ctx context.Context, e privacy.Erasure, hold error) error {
	if e.Kind == privacy.OfApp {
		if err := s.identity.ReopenApp(ctx, e.Key.App); err != nil {
			return err
		}
	}
	if e.Waiting {
		return nil
	}
	s.options.Logger.Warn("audit: erasure waits for the end of a hold", "what", e.Kind, "app", e.Key.App, "id", e.Key.ID, "hold", hold)
	return s.privacy.Wait(ctx, e)
}
