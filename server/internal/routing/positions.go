package routing

import (
	"time"

	"parley/core/wire"
	"parley/server/internal/gateway"
	"parley/server/internal/ids"
	"parley/server/internal/index"
	"parley/server/internal/webhook"
)

// The first 10 visitors of a queue are notified of every change of their position.
// Position p behind them is notified at most once every min(p/20, 10) seconds. So
// while a queue moves all the time, this costs
//
//	positions 1 to 10     10 pushes for each chat that leaves
//	positions 11 to 200   some 60 pushes a second together
//	each one behind       a push every 10 seconds
const (
	promptPositions    = 10
	positionsPerSecond = 20
	longestPause       = 10 * time.Second
)

// positionNotice is the latest position that this node has pushed to a visitor.
type positionNotice struct {
	position int
	at       time.Time
}

// pause gives the least time between two notices of a position.
func (p positionNotice) pause() time.Duration {
	if p.position <= promptPositions {
		return 0
	}
	return min(longestPause, time.Duration(p.position)*time.Second/positionsPerSecond)
}

// PositionData is the data of queues:update to a visitor. Position 0 is of a chat that
// is not in a queue; waiting is the estimate in seconds.
func PositionData(chatID, visitor string, position int, waiting float64) wire.Raw {
	data := wire.NewObject(nil).Int("queuePosition", int64(position)).Float("waitingTime", waiting).Done()
	return wire.NewObject(nil).Str("chatId", chatID).Str("userId", visitor).Raw("data", data).Done()
}

// notifyPositions notifies, after a change of the board, the first visitors of the
// queues that changed, and the visitor of the chat that changed.
func (d *Dispatcher) notifyPositions(c index.BoardChange) {
	for _, room := range c.Rooms {
		queue, waits := d.board.Queue(c.App, room, 0, promptPositions)
		for i, queued := range queue {
			d.notifyPositionAndWebhooks(c, ids.Key{App: c.App, ID: queued.ID}, queued, i+1, waits)
		}
	}
	key := ids.Key{App: c.App, ID: c.ID}
	position := d.board.Position(key)
	if position == 0 {
		d.mu.Lock()
		delete(d.positionNotices, key)
		d.mu.Unlock()
	}
	if position <= promptPositions {
		return
	}
	r, _ := d.board.Chat(key)
	_, waits := d.board.Queue(c.App, r.Room, 0, 0)
	d.notifyPositionAndWebhooks(c, key, index.QueuedChat{ID: key.ID, Visitor: r.Visitor, Seq: r.Seq}, position, waits)
}

// notifyPositionAndWebhooks notifies a visitor, and the app's webhooks if the change
// was this node's doing.
func (d *Dispatcher) notifyPositionAndWebhooks(
	c index.BoardChange, key ids.Key, queued index.QueuedChat, position int, waits []index.Wait,
) {
	if d.notifyPosition(key, queued, position, waits) && c.Ours {
		d.webhooks.Notify(key.App, webhook.EventQueue, positionFrame(key.ID, queued.Visitor, position, waits).Data)
	}
}

// notifyFarPositions notifies the visitors further back whose pause is over.
func (d *Dispatcher) notifyFarPositions() {
	for _, app := range d.board.AppsWithWaiting() {
		for _, room := range d.board.RoomsWithQueues(app) {
			queue, waits := d.board.Queue(app, room, promptPositions, 0)
			for i, queued := range queue {
				d.notifyPosition(ids.Key{App: app, ID: queued.ID}, queued, promptPositions+i+1, waits)
			}
		}
	}
}

// notifyPosition pushes a position to the visitor's connections to this node, if it
// has changed and the pause is over; it tells whether it did.
func (d *Dispatcher) notifyPosition(key ids.Key, queued index.QueuedChat, position int, waits []index.Wait) bool {
	d.mu.Lock()
	last := d.positionNotices[key]
	now := positionNotice{position, time.Now()}
	due := last.position != position && now.at.Sub(last.at) >= now.pause()
	if due {
		d.positionNotices[key] = now
	}
	d.mu.Unlock()
	if due {
		d.hub.PushLocal(ids.Key{App: key.App, ID: queued.Visitor}, positionFrame(key.ID, queued.Visitor, position, waits), key.ID, queued.Seq)
	}
	return due
}

// SendPosition sends the position of a visitor's chat to a connection that they open.
func (d *Dispatcher) SendPosition(c *gateway.Conn, key ids.Key) {
	if position, waits := d.Position(key); position > 0 {
		c.Push(positionFrame(key.ID, c.Actor.User.ID, position, waits))
	}
}

func positionFrame(chatID, visitor string, position int, waits []index.Wait) wire.Frame {
	return wire.Frame{Event: webhook.EventQueue, Data: PositionData(chatID, visitor, position, index.WaitingTime(waits, position))}
}

// Position gives a chat's position in its queue, 0 if it is not in one, and the waits
// by which the waiting time is estimated.
func (d *Dispatcher) Position(key ids.Key) (position int, waits []index.Wait) {
	r, _ := d.board.Chat(key)
	_, waits = d.board.Queue(key.App, r.Room, 0, 0)
	return d.board.Position(key), waits
}
