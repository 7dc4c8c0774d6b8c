package routing

import (
	"encoding/json"
	"time"

	"parley/core/wire"
	"parley/server/internal/gateway"
	"parley/server/internal/ids"
	"parley/server/internal/index"
	"parley/server/internal/webhook"
)

// Whoever stands among the first is told of each change of his place. Behind, a
// place is told of the less often the further back it is: position p at most every
// p/placesASecond seconds, though not more rarely than every farthest. So while a
// queue moves, place 10 to 200 cost some 60 pushes a second together, and those
// behind a tenth of one each, however many chats leave; the first cost ten for each.
const (
	promptPositions    = 10
	positionsPerSecond = 20
	longestPause       = 10 * time.Second
)

// notice is what a visitor was told last by this node.
type positionNotice struct {
	position int
	at       time.Time
}

// PositionData is the data of queues:update; position 0 is of a chat that has no place.
func PositionData(chatID string, position int, waiting float64) wire.Raw {
	place := wire.NewObject(nil).Int("queuePosition", int64(position)).Float("waitingTime", waiting).Done()
	return wire.NewObject(nil).Str("chatId", chatID).Raw("data", place).Done()
}

// pause is the time between two words about a place.
func (p positionNotice) pause() time.Duration {
	if p.position <= promptPositions {
		return 0
	}
	return min(longestPause, time.Duration(p.position)*time.Second/positionsPerSecond)
}

// notifyPositions tells after a change of the board: the first of the rooms, and the
// chat that it was about.
func (d *Dispatcher) notifyPositions(c index.BoardChange) {
	for _, room := range c.Rooms {
		line, waits := d.board.Queue(c.App, room, 0, promptPositions)
		for i, place := range line {
			key := ids.Key{App: c.App, ID: place.ID}
			if d.notifyPosition(key, place, i+1, waits) && c.Ours {
				d.webhooks.Notify(key, webhook.EventQueue, json.RawMessage(PositionData(key.ID, i+1, index.WaitingTime(waits, i+1))))
			}
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
	if d.notifyPosition(key, index.QueuedChat{ID: key.ID, Visitor: r.Visitor, Seq: r.Seq}, position, waits) && c.Ours {
		d.webhooks.Notify(key, webhook.EventQueue, json.RawMessage(PositionData(key.ID, position, index.WaitingTime(waits, position))))
	}
}

// notifyFarPositions tells those further back whose time it is.
func (d *Dispatcher) notifyFarPositions() {
	for _, app := range d.board.AppsWithQueues() {
		for _, room := range d.board.RoomsWithQueues(app) {
			line, waits := d.board.Queue(app, room, promptPositions, 0)
			for i, place := range line {
				d.notifyPosition(ids.Key{App: app, ID: place.ID}, place, promptPositions+i+1, waits)
			}
		}
	}
}

// notifyPosition tells a visitor's connections to this node where he stands, if that is
// news and it is time; it gives whether it was.
func (d *Dispatcher) notifyPosition(key ids.Key, place index.QueuedChat, position int, waits []index.Wait) bool {
	d.mu.Lock()
	last := d.positionNotices[key]
	now := positionNotice{position, time.Now()}
	news := last.position != position && now.at.Sub(last.at) >= now.pause()
	if news {
		d.positionNotices[key] = now
	}
	d.mu.Unlock()
	if !news {
		return false
	}
	f := wire.Frame{Event: webhook.EventQueue, Data: PositionData(key.ID, position, index.WaitingTime(waits, position))}
	d.hub.PushLocal(ids.Key{App: key.App, ID: place.Visitor}, f, key.ID, place.Seq)
	return true
}

// SendPosition tells a connection that opens where its visitor stands.
func (d *Dispatcher) SendPosition(c *gateway.Conn, key ids.Key) {
	position, waits := d.Position(key)
	if position == 0 {
		return
	}
	c.Push(wire.Frame{Event: webhook.EventQueue, Data: PositionData(key.ID, position, index.WaitingTime(waits, position))})
}

// Position gives a chat's place in the queue, 0 if it has none, and what the
// waiting time is reckoned from.
func (d *Dispatcher) Position(key ids.Key) (position int, waits []index.Wait) {
	r, _ := d.board.Chat(key)
	_, waits = d.board.Queue(key.App, r.Room, 0, 0)
	return d.board.Position(key), waits
}
