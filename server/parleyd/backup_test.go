package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"parley/server/internal/backup"
	"parley/server/internal/store"
	"parley/server/internal/storetest"
)

// traffic is visitors who write, send files, close their chats and begin new ones, and an
// agent who answers, until it is stopped. It remembers what was acknowledged.
type traffic struct {
	p       *process
	stop    chan struct{}
	running sync.WaitGroup

	mu    sync.Mutex
	chats map[string]*loadedChat // by id
}

// loadedChat is what was acknowledged of a chat. Its visitor has one after the other.
type loadedChat struct {
	visitor account
	texts   []string
	closed  bool
}

func startTraffic(p *process, visitors int) *traffic {
	l := &traffic{p: p, stop: make(chan struct{}), chats: map[string]*loadedChat{}}
	agent := p.agent("agent1")
	for n := range visitors {
		visitor := p.visitor()
		l.running.Go(func() {
			for round := 0; ; round++ {
				select {
				case <-l.stop:
					return
				default:
					l.conversation(visitor, agent, n, round)
				}
			}
		})
	}
	return l
}

// do makes a request, and tells whether it was acknowledged.
func (l *traffic) do(method, path, body string, headers []string, answer any) {
	status, text := l.p.call(l.p.t, method, path, body, headers...)
	if assert.Equal(l.p.t, http.StatusOK, status, "%s %s: %s", method, path, text) && answer != nil {
		assert.NoError(l.p.t, json.Unmarshal(text, answer))
	}
}

func (l *traffic) conversation(visitor, agent account, n, round int) {
	var made struct{ Chat struct{ ID string } }
	l.do("POST", "/v1/chats", `{"room":"1"}`, visitor.headers(), &made)
	id := made.Chat.ID
	c := &loadedChat{visitor: visitor}
	l.mu.Lock()
	l.chats[id] = c
	l.mu.Unlock()
	l.do("POST", "/v1/chats/"+id+"/join", "", agent.headers(), nil)
	for m := range 10 {
		who, text := visitor, fmt.Sprintf("message %d of round %d of visitor %d", m, round, n)
		if m%3 == 2 {
			who = agent
		}
		l.do("POST", "/v1/chats/"+id+"/messages", fmt.Sprintf(`{"message":%q}`, text), who.headers(), nil)
		l.mu.Lock()
		c.texts = append(c.texts, text)
		l.mu.Unlock()
	}
	status, err := l.p.upload(visitor, id, "file", io.NopCloser(strings.NewReader(strings.Repeat(fmt.Sprint(n, round, " "), 5000))))
	assert.NoError(l.p.t, err)
	assert.Equal(l.p.t, http.StatusOK, status)
	l.do("DELETE", "/v1/chats/"+id, "", visitor.headers(), nil)
	l.mu.Lock()
	c.closed = true
	l.mu.Unlock()
}

// acknowledged gives what was acknowledged by now, by chat.
func (l *traffic) acknowledged() map[string]loadedChat {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := map[string]loadedChat{}
	for id, c := range l.chats {
		all[id] = *c
	}
	return all
}

// entries gives the logs in a folder of data, by stream: one line for each entry of any chat.
func entries(t *testing.T, o store.Options) map[string][]string {
	t.Helper()
	e, err := store.Start(t.Context(), o)
	require.NoError(t, err)
	defer storetest.Close(t, e)
	all := map[string][]string{}
	for _, name := range []string{"PARLEY_CHATS", "PARLEY_CHATS_1", "PARLEY_CHATS_2"} {
		all[name] = entriesOf(t, e, name)
	}
	return all
}

func entriesOf(t *testing.T, e *store.Engine, name string) (lines []string) {
	t.Helper()
	stream, err := e.JS.Stream(t.Context(), name)
	require.NoError(t, err)
	for next := uint64(1); ; next++ {
		msg, err := stream.GetMsg(t.Context(), next, jetstream.WithGetMsgSubject(">"))
		if err != nil {
			require.ErrorIs(t, err, jetstream.ErrMsgNotFound)
			return lines
		}
		next = msg.Sequence
		lines = append(lines, fmt.Sprint(next, " ", msg.Subject, " ", msg.Time.UnixNano(), " ", msg.Header, " ", string(msg.Data)))
	}
}

// A backup that is made while visitors and agents write and send files has all that was
// acknowledged when it began; each log is as it was up to a point, entry by entry; and what
// stands beside the logs agrees with them on the server that is started on it. So it is in a
// plain folder and in an encrypted one.
func TestBackupUnderLoad(t *testing.T) {
	t.Parallel()
	data, dir := t.TempDir(), t.TempDir()
	p := startProcess(t, "-data", data, "-chat-streams", "3", "-rates", "chats/visitor=1000:1000,visitors/address=1000:1000,searches/visitor=1000:1000")
	l := startTraffic(p, 4)
	require.Eventually(t, func() bool { return len(l.acknowledged()) > 20 }, time.Minute, 10*time.Millisecond)
	before := l.acknowledged()
	file := filepath.Join(dir, "parley.backup")
	var said strings.Builder
	require.NoError(t, backUp(t.Context(), []string{file, "-data", data}, environment(nil), &said, io.Discard))
	t.Log(said.String())
	begunMeanwhile := len(l.acknowledged()) - len(before)
	close(l.stop)
	l.running.Wait()
	p.terminate()
	info, err := os.Stat(file)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	names, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, names, 1, "something else is left over")
	whole := entries(t, store.Options{Dir: data})

	key := written(t, "key", strings.Repeat("k", 40)+"\n")
	for _, flags := range [][]string{nil, {"-store-key-file", key}} {
		into := filepath.Join(t.TempDir(), "new")
		flags = append(flags, "-data", into)
		require.NoError(t, restore(t.Context(), append([]string{file}, flags...), environment(nil), nil, io.Discard, io.Discard))
		o := store.Options{Dir: into}
		if len(flags) > 2 {
			o.Encryption.Key = strings.Repeat("k", 40)
			assert.Zero(t, storetest.Occurrences(t, into, "of visitor"))
		}
		kept, had := 0, 0
		for stream, part := range entries(t, o) {
			require.LessOrEqual(t, len(part), len(whole[stream]))
			require.Equal(t, whole[stream][:len(part)], part)
			kept, had = kept+len(part), had+len(whole[stream])
		}
		err := run(t.Context(), built, append([]string{"-addr", "127.0.0.1:0", "-chat-streams", "2"}, flags...), environment(nil), io.Discard, io.Discard)
		require.ErrorContains(t, err, "has 3 streams of chats")
		require.ErrorContains(t, err, "-chat-streams says 2")
		again := startProcess(t, flags...)
		assert.Equal(t, 1, again.count("a backup was restored"), again.stderr)
		open, closed := assertAgrees(t, again, before)
		t.Logf("%d of %d entries, %d chats open and %d closed; %d were acknowledged when it began, %d chats began meanwhile",
			kept, had, open, closed, len(before), begunMeanwhile)
		again.terminate()
		require.NotContains(t, again.stderr.String(), "level=ERROR")
	}
}

// closed says how often each chat is listed among the closed ones.
func (p *process) closed(by account) map[string]int {
	listed := map[string]int{}
	for after := ""; ; {
		var page struct {
			Chats []struct{ ID string }
			Next  json.Number
		}
		p.ask("GET", "/v1/chats?status=closed&limit=100"+after, "", by.headers(), &page)
		for _, c := range page.Chats {
			listed[c.ID]++
		}
		if page.Next == "" || page.Next == "0" {
			return listed
		}
		after = "&before=" + page.Next.String()
	}
}

// assertAgrees holds that a server has what was acknowledged, and that lists, files and
// users agree with the logs.
func assertAgrees(t *testing.T, p *process, acknowledged map[string]loadedChat) (open, closed int) {
	t.Helper()
	var all struct{ Chats []struct{ ID, Status string } }
	p.ask("GET", "/v1/chats?limit=1000", "", secret, &all)
	have := map[string]string{}
	for _, c := range all.Chats {
		have[c.ID] = c.Status
	}
	// The server carries out what was left to do of a close when the backup was made, soon after its start.
	lead := p.agent("lead")
	var listed map[string]int
	require.Eventually(t, func() bool {
		listed = p.closed(lead)
		for id, status := range have {
			if status == "closed" && listed[id] == 0 {
				return false
			}
		}
		return true
	}, time.Minute, 100*time.Millisecond)
	for id, c := range acknowledged {
		require.Contains(t, have, id)
		texts := p.texts(id)
		require.GreaterOrEqual(t, len(texts), len(c.texts))
		for n, text := range c.texts {
			assert.Contains(t, texts[n], text)
		}
	}
	files := 0
	for id, status := range have {
		if status == "closed" {
			closed++
			assert.Equal(t, 1, listed[id], "chat %s is closed: how often it is listed", id)
		} else {
			open++
			assert.Zero(t, listed[id])
		}
		status, text := p.call(t, "GET", "/v1/chats/"+id+"/messages", "", secret...)
		require.Equal(t, http.StatusOK, status)
		var raw struct {
			Messages []struct{ Message json.RawMessage }
		}
		require.NoError(t, json.Unmarshal(text, &raw))
		for _, m := range raw.Messages {
			var f struct{ URL string }
			if json.Unmarshal(m.Message, &f) != nil || f.URL == "" {
				continue
			}
			status, content := p.call(t, "GET", "/v1"+f.URL, "", secret...)
			assert.Equal(t, http.StatusOK, status, "a file that a message names")
			assert.Regexp(t, `^(\d+ )+$`, string(content))
			files++
		}
	}
	assert.NotZero(t, files)
	return open, closed
}

// What cannot be backed up or restored is refused with what is wrong; nothing is left of it,
// and what was there stays as it was.
func TestBackupRefusals(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	start(t, "-data", data, "-demo").stop(t)
	good := filepath.Join(t.TempDir(), "good")
	require.NoError(t, backUp(t.Context(), []string{good, "-data", data}, environment(nil), io.Discard, io.Discard))
	content, err := os.ReadFile(good)
	require.NoError(t, err)
	cut, damaged := written(t, "cut", string(content[:len(content)/2])), bytes.Clone(content)
	damaged[len(damaged)/2] ^= 1
	newer := t.TempDir()
	writeNewerVersion(t, newer)
	secured := []string{"-nats", securedNATS(t), "-nats-user", "parley", "-nats-password"}
	used := natsAt(t, natsserver.RANDOM_PORT, t.TempDir()).ClientURL()
	start(t, "-nats", used).stop(t)

	folder := t.TempDir()
	for _, tc := range []struct {
		name string
		args []string
		says string
	}{
		{"no file", nil, "backup needs a file: parleyd backup FILE, or - for a pipe"},
		{"a flag for a file", []string{"-data", data}, "backup needs a file"},
		{"an unknown flag", []string{filepath.Join(folder, "new"), "-dta", data}, "-dta: no such flag; did you mean -data?"},
		{"a file that is there", []string{good, "-data", data}, "there is a file of that name already; name another"},
		{"a folder that is not there", []string{filepath.Join(folder, "none", "new"), "-data", data}, "no such file or directory; name a folder that this user may write to"},
		{"a read-only folder", []string{"/sys/new", "-data", data}, "cannot write the backup /sys/new: "},
		{"no data", []string{filepath.Join(folder, "new"), "-data", filepath.Join(folder, "missing")}, "there is no data: "},
		{"an empty store", []string{filepath.Join(folder, "new"), "-data", t.TempDir()}, "there are no chats: no server has used this store yet"},
		{"data of a newer version", []string{filepath.Join(folder, "new"), "-data", newer}, "has version 7, and this parleyd reads versions up to 1: use parleyd 9.1.0 or later"},
		{"wrong NATS password", append([]string{filepath.Join(folder, "new")}, append(secured, "wrong")...), "refuses the log-in"},
	} {
		err := backUp(t.Context(), tc.args, environment(nil), io.Discard, io.Discard)
		require.ErrorContains(t, err, tc.says, tc.name)
	}
	assert.Empty(t, namesIn(t, folder))
	if full := "/dev/full"; isThere(full) { // a disk that has no room
		device, err := os.OpenFile(full, os.O_WRONLY, 0)
		require.NoError(t, err)
		defer device.Close()
		err = backUp(t.Context(), []string{"-", "-data", data}, environment(nil), device, io.Discard)
		require.ErrorContains(t, err, "no space left on device")
	}

	const newerFormat = "parley-backup 2\nand more"
	sum := sha256.Sum256([]byte(newerFormat))
	empty := t.TempDir()
	for _, tc := range []struct {
		name string
		args []string
		says string
	}{
		{"no file", nil, "restore needs a file"},
		{"a file that is missing", []string{filepath.Join(folder, "none"), "-data", empty}, "cannot read the backup: open "},
		{"no backup", []string{written(t, "text", "a text of some length, and no backup"), "-data", empty}, "is no backup of Parley"},
		{"an empty file", []string{written(t, "empty", ""), "-data", empty}, "the backup is empty"},
		{"an empty pipe", []string{"-", "-data", empty}, "standard input: the backup is empty"},
		{"a newer format", []string{written(t, "format", newerFormat+string(sum[:])), "-data", empty}, "has format 2, and this parleyd reads format 1: use a later one"},
		{"a damaged format", []string{written(t, "two", strings.Replace(string(content), "parley-backup 1", "parley-backup 3", 1)), "-data", empty}, "the backup is damaged"},
		{"a damaged first line", []string{written(t, "line", strings.Replace(string(content), "\n", "\v", 1)), "-data", empty}, "the backup is damaged"},
		{"cut off", []string{cut, "-data", empty}, cut + ": the backup is damaged, or its end is missing"},
		{"damaged", []string{written(t, "damaged", string(damaged)), "-data", empty}, "the backup is damaged, or its end is missing: it has other bytes than were written"},
		{"data in the folder", []string{good, "-data", data}, "there is data in " + data + " already: name a folder that has none"},
		{"data in NATS", []string{good, "-nats", used}, "there is data already ("},
		{"a read-only folder", []string{good, "-data", "/sys/parley"}, "cannot use the data folder /sys/parley: "},
		{"wrong NATS password", append([]string{good}, append(secured, "wrong")...), "refuses the log-in"},
		{"a newer version of the data", []string{ofNewerData(t), "-data", empty}, "has version 7, and this parleyd reads versions up to 1: use parleyd 9.1.0 or later"},
	} {
		err := restore(t.Context(), tc.args, environment(nil), strings.NewReader(""), io.Discard, io.Discard)
		require.ErrorContains(t, err, tc.says, tc.name)
	}
	assert.Empty(t, namesIn(t, empty), "refused before anything is touched")
	require.NoError(t, restore(t.Context(), append([]string{"-"}, append(secured, "terces")...), environment(nil), bytes.NewReader(content), io.Discard, io.Discard))
	start(t, append(secured, "terces", "-demo")...).stop(t)
	start(t, "-data", data, "-demo").stop(t)
}

// ofNewerData gives a backup of data that only a later release reads.
func ofNewerData(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	start(t, "-data", dir).stop(t)
	e := storetest.Engine(t, dir)
	file := filepath.Join(t.TempDir(), "newer")
	to, err := os.Create(file)
	require.NoError(t, err)
	_, err = backup.Take(t.Context(), e, to, backup.Header{Data: 7, Needs: "9.1.0"})
	require.NoError(t, err)
	require.NoError(t, to.Close())
	return file
}

func namesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, entry := range list {
		names = append(names, entry.Name())
	}
	return names
}

func isThere(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// Every stream that a server makes has its place in the order in which a backup takes them.
func TestStreamsHaveAPlaceInBackups(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	start(t, "-data", data, "-demo").stop(t)
	e := storetest.Engine(t, data)
	streams := e.JS.StreamNames(t.Context())
	for name := range streams.Name() {
		assert.True(t, store.IsOurs(name), "%s: a backup would leave it out", name)
		assert.True(t, backup.HasPlace(name), "%s: say in server/internal/backup/order.go when a backup takes it", name)
	}
	require.NoError(t, streams.Err())
}
