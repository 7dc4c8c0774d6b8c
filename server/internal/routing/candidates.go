package routing

import (
	"slices"
	"time"

	"parley/server/internal/chatstate"
	"parley/server/internal/identity"
	"parley/server/internal/ids"
)

// Load says how much an agent has to do on this node's copy of the board, and how
// much the app's settings allow.
type Load struct {
	chats       int // open chats that the agent is in
	invitations int // invitations that wait for the agent's answer
	limit       int // of chats, 0 for no limit
}

// Load gives an agent's load.
func (d *Dispatcher) Load(agent ids.Key) Load { return d.loadBeside(agent, "") }

// loadBeside gives an agent's load without the invitation to one chat.
func (d *Dispatcher) loadBeside(agent ids.Key, chatID string) Load {
	chats, invitations := d.board.Load(agent, chatID)
	return Load{chats, invitations, d.settings.Of(agent.App).Assignment.MaxChatsPerAgent}
}

// Full tells whether the agent is in as many chats as the limit allows.
func (l Load) Full() bool { return l.limit > 0 && l.chats >= l.limit }

// Free tells whether the agent may be invited to one more chat. Invitations count,
// as the agent may accept them.
func (l Load) Free() bool { return l.limit == 0 || l.total() < l.limit }

// Idle tells whether the agent can be invited to a chat that waits, in a queue or left
// alone: they are free and have no invitation to answer. They are invited to one such
// chat at a time.
func (l Load) Idle() bool { return l.invitations == 0 && l.Free() }

func (l Load) total() int { return l.chats + l.invitations }

// candidate is an agent who may be invited in a round.
type candidate struct {
	user        identity.User
	attempts    int           // invitations in this round already
	load        int           // open chats the agent is in, and invitations to others
	idleSince   time.Time     // when the agent last came into a chat, left one, or came on duty
	lastInvited uint64        // grows with each invitation of any agent; 0 for an agent who was never invited
	languages   languageMatch // how well the agent's languages suit the chat
	free        bool          // may be invited to one more chat
}

// candidates gives the agents who can be invited now: they understand the chat's
// visitor and are free.
func (d *Dispatcher) candidates(f *chatstate.Folded, r chatstate.Round, onDuty []AgentOnDuty) []candidate {
	return slices.DeleteFunc(keepSpeakers(d.askable(f, r, onDuty)), func(c candidate) bool { return !c.free })
}

// askable gives the agents on duty in the chat's room who may be invited in this
// round, now or later: not those who rejected or handed the chat over, nor those who
// are in it, nor, if it was left alone, those who did not want it since they are on duty.
func (d *Dispatcher) askable(f *chatstate.Folded, r chatstate.Round, onDuty []AgentOnDuty) (list []candidate) {
	room, lang, queued := chatstate.RoomOf(f.Chat), chatstate.LangOf(f.Chat), f.Queued()
	for _, a := range onDuty {
		u := a.User
		agent := ids.Key{App: f.Key.App, ID: u.ID}
		declined := r.Alone && f.Declined(u.ID, a.Availability.Since, ids.Unix(d.activity.IdleSince(agent)))
		if !a.Availability.Takes(u.Rooms, room) || r.Excludes(u.ID) || declined || u.ID == f.Chat.Creator || f.Chat.Users.Has(u.ID) {
			continue
		}
		load := d.loadBeside(agent, f.Key.ID)
		idleSince := d.activity.IdleSince(agent)
		if onDutySince := time.UnixMilli(int64(a.Availability.Since * 1000)); onDutySince.After(idleSince) {
			idleSince = onDutySince
		}
		free := load.Free()
		if queued || r.Alone {
			free = load.Idle()
		}
		list = append(list, candidate{
			user: u, attempts: r.Attempts(u.ID), load: load.total(), idleSince: idleSince,
			lastInvited: d.activity.LastInvited(agent), languages: speaks(u.Langs, lang), free: free,
		})
	}
	return list
}
