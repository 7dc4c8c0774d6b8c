package server

import (
	"context"
	"time"

	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/ids"
	"parley/server/internal/index"
	"parley/server/internal/privacy"
)

// removeSilentChats looks at the chats of an app in which nobody has said anything and which
// were closed before a time, each once. The chat is removed, and its visitor is silent
// again, whom a page has made and who has said nothing anywhere.
func (s *Server) removeSilentChats(ctx context.Context, app string, before time.Time) error {
	from, err := s.privacy.Done(ctx, privacy.SilentChats, app)
	done := from
	for err == nil {
		var c index.Closed
		var found bool
		c, found, err = s.archive.Oldest(ctx, app, done)
		if err != nil || !found || c.At.After(before) {
			break
		}
		if c.Silent {
			err = s.removeSilentChat(ctx, ids.Key{App: app, ID: c.ID}, c)
		}
		if err == nil {
			done = c.Position
		}
	}
	if done == from {
		return err
	}
	if failed := s.privacy.SetDone(ctx, privacy.SilentChats, app, done); err == nil {
		err = failed
	}
	return err
}

func (s *Server) removeSilentChat(ctx context.Context, key ids.Key, c index.Closed) error {
	_, now, err := s.log.ViewLatest(ctx, key)
	if ids.IsCode(err, wire.CodeNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	visitor := ids.Key{App: key.App, ID: now.Chat.Creator}
	silent, err := s.isSilent(ctx, visitor, stillBegins)
	if err == nil && silent {
		silent, err = s.identity.Fade(ctx, visitor)
	}
	if err == nil && silent { // again: they may have begun another chat meanwhile
		silent, err = s.isSilent(ctx, visitor, stillBegins)
	}
	if err != nil {
		return err
	}
	if silent {
		return s.removeOldChat(ctx, key, c)
	}
	err = s.identity.Keep(ctx, visitor) // also those whom a sweep has left that was interrupted
	if ids.IsCode(err, wire.CodeNotFound) {
		err = nil
	}
	return err
}

// goes tells whether nothing keeps a silent visitor whose time is over.
func (s *Server) goes(ctx context.Context, visitor ids.Key) (bool, error) {
	u, err := s.identity.User(ctx, visitor.App, visitor.ID)
	if ids.IsCode(err, wire.CodeNotFound) {
		return true, nil
	}
	if err != nil || u.ExternalID != "" {
		return false, err
	}
	return s.isSilent(ctx, visitor, neverBegan)
}

// forgetSilent removes a silent visitor from the indexes of chats. Most have never begun one.
func (s *Server) forgetSilent(ctx context.Context, visitor ids.Key) error {
	begun, err := s.members.Begun(ctx, visitor.App, visitor.ID)
	if err != nil || !begun {
		return err
	}
	return s.members.Forget(ctx, visitor.App, visitor.ID)
}

// missing is what a chat is whose visitor has it in the index, and which has no log.
type missing bool

const (
	stillBegins missing = false // it may be there in a moment
	neverBegan  missing = true  // its visitor has used nothing for long, so it was left by a crash
)

// isSilent tells whether a visitor is not on hold, all their chats are closed, nobody has said
// anything in them, and no survey about them was answered.
func (s *Server) isSilent(ctx context.Context, visitor ids.Key, without missing) (silent bool, err error) {
	err = s.checkUserFree(ctx, visitor)
	if ids.IsCode(err, wire.OnHold.Code()) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	silent = true
	err = s.members.Past.Each(ctx, visitor.App, visitor.ID, func(chatID string) error {
		_, now, err := s.log.ViewLatest(ctx, ids.Key{App: visitor.App, ID: chatID})
		if ids.IsCode(err, wire.CodeNotFound) {
			silent = silent && bool(without)
			return nil
		}
		if err != nil {
			return err
		}
		answers, err := s.surveys.Of(ctx, visitor.App, now.Ticket)
		silent = silent && now.Chat.Status == chat.Closed && len(now.Messages)+len(answers) == 0
		return err
	})
	return silent, err
}
