package server

import (
	"encoding/json"
	"time"

	"parley/core/wire"
)

// Whoever stands among the first is told of each change of his place. Behind, a
// place is told of the less often the further back it is: position p at most every
// p/placesASecond seconds, though not more rarely than every farthest. So while a
// queue moves, place 10 to 200 cost some 60 pushes a second together, and those
// behind a tenth of one each, however many chats leave; the first cost ten for each.
const (
	firstPlaces   = 10
	placesASecond = 20
	farthest      = 10 * time.Second
)

// toldPlace is what a visitor was told last by this node.
type toldPlace struct {
	position int
	at       time.Time
}

// placeData is the data of queues:update; position 0 is of a chat that has no place.
func placeData(chatID string, position int, waiting float64) wire.Raw {
	place := wire.NewObject(nil).Int("queuePosition", int64(position)).Float("waitingTime", waiting).Done()
	return wire.NewObject(nil).Str("chatId", chatID).Raw("data", place).Done()
}

// pause is the time between two words about a place.
func (p toldPlace) pause() time.Duration {
	if p.position <= firstPlaces {
		return 0
	}
	return min(farthest, time.Duration(p.position)*time.Second/placesASecond)
}

// tellPlaces tells after a change of the board: the first of the rooms, and the
// chat that it was about.
func (d *desk) tellPlaces(c boardChange) {
	for _, room := range c.rooms {
		line, waits := d.board.line(c.app, room, 0, firstPlaces)
		for i, place := range line {
			key := chatKey{c.app, place.id}
			if d.tellPlace(key, place, i+1, waits) && c.own {
				d.webhooks.tell(key, eventQueue, json.RawMessage(placeData(key.id, i+1, waitingTime(waits, i+1))))
			}
		}
	}
	key := chatKey{c.app, c.id}
	position := d.board.position(key)
	if position == 0 {
		d.mu.Lock()
		delete(d.told, key)
		d.mu.Unlock()
	}
	if position <= firstPlaces {
		return
	}
	r, _ := d.board.chat(key)
	_, waits := d.board.line(c.app, r.Room, 0, 0)
	if d.tellPlace(key, standing{key.id, r.Visitor, r.Seq}, position, waits) && c.own {
		d.webhooks.tell(key, eventQueue, json.RawMessage(placeData(key.id, position, waitingTime(waits, position))))
	}
}

// tellFarPlaces tells those further back whose time it is.
func (d *desk) tellFarPlaces() {
	for _, app := range d.board.queueing() {
		for _, room := range d.board.rooms(app) {
			line, waits := d.board.line(app, room, firstPlaces, 0)
			for i, place := range line {
				d.tellPlace(chatKey{app, place.id}, place, firstPlaces+i+1, waits)
			}
		}
	}
}

// tellPlace tells a visitor's connections to this node where he stands, if that is
// news and it is time; it gives whether it was.
func (d *desk) tellPlace(key chatKey, place standing, position int, waits []wait) bool {
	d.mu.Lock()
	last := d.told[key]
	now := toldPlace{position, time.Now()}
	news := last.position != position && now.at.Sub(last.at) >= now.pause()
	if news {
		d.told[key] = now
	}
	d.mu.Unlock()
	if !news {
		return false
	}
	f := wire.Frame{Event: eventQueue, Data: placeData(key.id, position, waitingTime(waits, position))}
	d.hub.pushToUser(chatKey{key.app, place.visitor}, f, key.id, place.seq)
	return true
}

// tellPlaceAgain tells a connection that opens where its visitor stands.
func (d *desk) tellPlaceAgain(c *conn, key chatKey) {
	position, waits := d.standing(key)
	if position == 0 {
		return
	}
	c.push(wire.Frame{Event: eventQueue, Data: placeData(key.id, position, waitingTime(waits, position))})
}

// standing gives a chat's place in the queue, 0 if it has none, and what the
// waiting time is reckoned from.
func (d *desk) standing(key chatKey) (position int, waits []wait) {
	r, _ := d.board.chat(key)
	_, waits = d.board.line(key.app, r.Room, 0, 0)
	return d.board.position(key), waits
}
