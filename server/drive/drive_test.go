package drive

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestUsage(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		_, err := UsageOf(os.Getpid())
		require.Error(t, err)
		return
	}
	require.Eventually(t, func() bool {
		used, err := UsageOf(os.Getpid())
		return assert.NoError(t, err) && used.CPU > 0 && used.Memory > 1<<20
	}, 10*time.Second, time.Millisecond)
	_, err := UsageOf(1 << 30)
	require.Error(t, err)
}

// An answer that is no success is an error with what the server said.
func TestAsk(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("x-hyper-secret") != "right" || r.Header.Get("x-hyper-appId") != "demo" {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		_, _ = w.Write([]byte(`{"user": {"id": "` + r.Method + r.URL.Path + `"}}`))
	}))
	defer server.Close()
	var a Account
	api := API{Base: server.URL, App: "demo", Secret: "right"}
	require.NoError(t, api.Ask(t.Context(), "POST", "/users", struct{}{}, &a))
	assert.Equal(t, "POST/v1/users", a.User.ID)
	api.Secret = "wrong"
	err := api.Ask(t.Context(), "POST", "/users", struct{}{}, &a)
	var refused *Refused
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, http.StatusUnauthorized, refused.Status)
	require.EqualError(t, err, "POST "+server.URL+"/v1/users: 401 Unauthorized: no\n")
}

// A program that ends is not waited for.
func TestStartOfWhatEnds(t *testing.T) {
	t.Parallel()
	begun := time.Now()
	_, err := Start(t.Context(), exec.Command(os.Args[0], "-test.run", "^$"), "http://127.0.0.1:1/")
	require.ErrorContains(t, err, " has ended at once")
	assert.Less(t, time.Since(begun), startWithin)
	_, err = Start(t.Context(), exec.Command("/no/such/program"), "http://127.0.0.1:1/")
	require.Error(t, err)
}
