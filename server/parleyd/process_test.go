package main

import (
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The test program is the server itself when this variable is set.
const asProgram = "PARLEY_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "" {
		os.Exit(m.Run())
	}
	if err := run(untilTerminated(), built, os.Args[1:], environment(nil), os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "parleyd:", err)
		os.Exit(1)
	}
}

// process is a program in a process of its own, which can be killed.
type process struct {
	*program
	t       *testing.T
	args    []string
	command *exec.Cmd
}

// startProcess is start in a process of its own, with the demo's accounts.
func startProcess(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{t: t, args: append([]string{"-addr", "127.0.0.1:0", "-demo"}, args...)}
	p.start()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%s", p.stderr)
		}
		_ = p.command.Process.Kill()
		_ = p.command.Wait()
	})
	return p
}

// start starts it on the same data, on a new port.
func (p *process) start() {
	p.t.Helper()
	p.program = &program{stdout: &output{}, stderr: &output{}}
	p.command = exec.Command(os.Args[0], p.args...)
	p.command.Env = append(os.Environ(), asProgram+"=1")
	p.command.Stdout, p.command.Stderr = p.stdout, p.stderr
	require.NoError(p.t, p.command.Start())
	require.Eventually(p.t, func() bool { return strings.HasSuffix(p.stdout.String(), "Ctrl-C stops it.\n") },
		30*time.Second, 10*time.Millisecond, p.stderr)
	p.url = regexp.MustCompile(`https?://127\.0\.0\.1:\d+`).FindString(p.stdout.String())
}

// killAndStart is a kill -9 and another start.
func (p *process) killAndStart() {
	p.t.Helper()
	require.NoError(p.t, p.command.Process.Kill())
	require.Error(p.t, p.command.Wait())
	p.start()
}

// terminate asks the program to end, and waits until it has.
func (p *process) terminate() {
	p.t.Helper()
	require.NoError(p.t, p.command.Process.Signal(syscall.SIGTERM))
	assert.NoError(p.t, p.command.Wait())
}

// count tells how often the log says something.
func (p *process) count(about string) int { return strings.Count(p.stderr.String(), about) }

// account is a user with a session.
type account struct {
	User    struct{ ID string }
	Session struct{ Token string }
}

func (a account) headers() []string {
	return []string{"x-hyper-appId", "demo", "x-hyper-token", a.Session.Token}
}

var secret = []string{"x-hyper-appId", "demo", "x-hyper-secret", "demo-secret"}

func (p *process) visitor() (a account) {
	p.t.Helper()
	p.ask("POST", "/v1/users", `{"name":"Vera"}`, secret, &a)
	return a
}

func (p *process) agent(name string) (a account) {
	p.t.Helper()
	p.ask("POST", "/v1/agents/login", fmt.Sprintf(`{"username":%q,"password":"demo"}`, name), secret, &a)
	return a
}

// ask makes a request that must succeed, and reads the answer unless it is nil.
func (p *process) ask(method, path, body string, headers []string, answer any) {
	p.t.Helper()
	status, text := p.call(p.t, method, path, body, headers...)
	require.Equal(p.t, http.StatusOK, status, "%s %s: %s", method, path, text)
	if answer != nil {
		require.NoError(p.t, json.Unmarshal(text, answer))
	}
}

// newChat makes a chat in room 1 by REST.
func (p *process) newChat(a account) string {
	p.t.Helper()
	var made struct{ Chat struct{ ID string } }
	p.ask("POST", "/v1/chats", `{"room":"1"}`, a.headers(), &made)
	return made.Chat.ID
}

// texts gives what a chat's log has of messages, in order.
func (p *process) texts(chatID string) (texts []string) {
	p.t.Helper()
	var log struct{ Messages []struct{ Message any } }
	p.ask("GET", "/v1/chats/"+chatID+"/messages", "", secret, &log)
	for _, m := range log.Messages {
		texts = append(texts, fmt.Sprint(m.Message))
	}
	return texts
}

// upload sends a text as a file, at the pace of its source.
func (p *process) upload(a account, chatID, eventID string, content io.ReadCloser) (status int, err error) {
	body, into := io.Pipe()
	form := multipart.NewWriter(into)
	go func() {
		_ = form.WriteField("chatId", chatID)
		_ = form.WriteField("eventId", eventID)
		part, _ := form.CreateFormFile("media", "notes.txt")
		_, err := io.Copy(part, content)
		_ = content.Close() // whoever writes it does not wait
		_ = form.Close()
		_ = into.CloseWithError(err)
	}()
	r, err := http.NewRequest("POST", p.url+"/v1/media", body)
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("x-hyper-appId", "demo")
	r.Header.Set("x-hyper-token", a.Session.Token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	return answer.StatusCode, answer.Body.Close()
}
