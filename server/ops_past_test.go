package server_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/core/chat"
	"parley/server"
	"parley/server/servertest"
)

// A known customer finds the chats of another device, if the app lets them, in pages and
// with what was said; no one else does, and nothing that was not theirs.
func TestOwnEarlierChats(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{})
	_, secret := identityKey(t, w, "HS256")
	device := func(customer string) servertest.Login {
		return w.Session(w.Rest("POST", "/users", servertest.App(), proven(token(t, secret, customer, nil))))
	}
	begin := func(of servertest.Login) string {
		return w.Rest("POST", "/chats", servertest.As(of), `{"room":"1"}`).Text("chat", "id")
	}
	phone, agent := device("customer-42"), w.Open(t, w.Agent("agent1"))
	var ids []string
	for n := range 5 {
		id := begin(phone)
		agent.Ask(chat.EventJoin, servertest.Obj("chatId", id))
		require.Equal(t, 200, w.Rest("POST", "/chats/"+id+"/messages", servertest.As(phone), fmt.Sprintf(`{"message":"matter %d"}`, n)).Status)
		w.Rest("DELETE", "/chats/"+id, servertest.As(phone), "").RequireDone()
		ids = append(ids, id)
	}
	open := begin(phone)

	laptop, other, claimed := device("customer-42"), device("customer-43"), w.Session(w.Rest("POST", "/users", servertest.App(), `{"externalId":"customer-42"}`))
	path := "/users/" + laptop.ID + "/chats"
	require.Equal(t, phone.ID, laptop.ID)
	w.Rest("GET", path, servertest.As(laptop), "").RequireRefused(403, "privacy.ownChats")
	w.Set(`{"privacy":{"ownChats":true}}`)
	var found []string
	for next, pages := "", 0; pages == 0 || next != ""; pages++ {
		page := w.Rest("GET", path+"?limit=4&after="+next, servertest.As(laptop), "")
		require.Equal(t, 200, page.Status, page.Body)
		found, next = append(found, servertest.IDs(page.JSON["chats"])...), fmt.Sprint(page.JSON["next"])
		if page.JSON["next"] == nil {
			next = ""
		}
		require.Less(t, pages, 2)
	}
	assert.Equal(t, append(ids, open), found)
	assert.Contains(t, w.Rest("GET", "/chats/"+ids[3]+"/history", servertest.As(laptop), "").Body, "matter 3")

	w.Rest("GET", "/users/"+claimed.ID+"/chats", servertest.As(claimed), "").RequireRefused(403, "known user")
	for name, stranger := range map[string]servertest.Login{"another customer": other, "a claim": claimed, "an agent": agent.Login} {
		w.Rest("GET", path, servertest.As(stranger), "").RequireRefused(403, phone.ID)
		if name != "an agent" {
			w.Rest("GET", "/chats/"+ids[0]+"/history", servertest.As(stranger), "").RequireRefused(403, "not in chat")
		}
	}
	assert.Empty(t, w.Rest("GET", "/users/"+other.ID+"/chats", servertest.As(other), "").JSON["chats"])

	// What was erased is no longer theirs either.
	require.Equal(t, 200, w.Rest("DELETE", "/chats/"+ids[0]+"/data", servertest.Secret(), "").Status)
	assert.Equal(t, append(ids[1:], open), servertest.IDs(w.Rest("GET", path, servertest.As(laptop), "").JSON["chats"]))
}

// A page of long chats ends early, and the next one goes on.
func TestOwnEarlierChatsAreReadInBounds(t *testing.T) {
	t.Parallel()
	w := servertest.New(t, server.Limits{MessageLength: 300_000, FrameBytes: 4 << 20})
	visitor := w.Session(w.Rest("POST", "/users", servertest.Secret(), `{"externalId":"customer-42"}`))
	w.Set(`{"privacy":{"ownChats":true}}`)
	long := fmt.Sprintf(`{"message":"%0300000d"}`, 0)
	for range 6 {
		id := w.Rest("POST", "/chats", servertest.As(visitor), `{"room":"1"}`).Text("chat", "id")
		for range 2 {
			require.Equal(t, 200, w.Rest("POST", "/chats/"+id+"/messages", servertest.As(visitor), long).Status)
		}
		w.Rest("DELETE", "/chats/"+id, servertest.As(visitor), "").RequireDone()
	}
	var sizes []int
	for next := any(""); next != nil; {
		page := w.Rest("GET", fmt.Sprintf("/users/%s/chats?after=%v", visitor.ID, next), servertest.As(visitor), "")
		sizes, next = append(sizes, len(servertest.IDs(page.JSON["chats"]))), page.JSON["next"]
	}
	assert.Equal(t, []int{2, 2, 2}, sizes)
}
