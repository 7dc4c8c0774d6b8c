package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"time"

	"parley/server/drive"
)

const (
	fileBytes   = 300 << 10
	filesWithin = 20 * time.Second // one attempt
)

// uploader is a visitor who sends files through the failing network, and repeats each
// until the server has it.
type uploader struct {
	api    string // through the proxy
	who    drive.Account
	chatID string
	sent   []string // names of files that the server has acknowledged
	tried  int      // attempts
}

func (s *soak) openUploader(ctx context.Context) (f *uploader, err error) {
	f = &uploader{api: "http://" + s.proxy.Addr() + "/v1"}
	if f.who, err = s.visitor(ctx, "filer"); err != nil {
		return nil, err
	}
	f.chatID, err = s.chatOf(ctx, f.who.User.ID)
	return f, err
}

// send sends files one after the other for some time. It repeats the last one too until
// the server has it.
func (f *uploader) send(ctx context.Context, length time.Duration) error {
	patience, stop := context.WithTimeout(ctx, length+settleWithin)
	defer stop()
	for end := time.Now().Add(length); time.Now().Before(end); {
		name := fmt.Sprintf("file%d.txt", len(f.sent))
		for err := f.attempt(patience, name); err != nil; err = f.attempt(patience, name) {
			select {
			case <-time.After(100 * time.Millisecond):
			case <-patience.Done():
				return fmt.Errorf("%s was not accepted: %w", name, err)
			}
		}
		f.sent = append(f.sent, name)
	}
	return nil
}

// attempt sends a file once. Its name is the request's id, so that it takes effect once.
func (f *uploader) attempt(ctx context.Context, name string) error {
	f.tried++
	ctx, stop := context.WithTimeout(ctx, filesWithin)
	defer stop()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for field, value := range map[string]string{"chatId": f.chatID, "eventId": name} {
		if err := form.WriteField(field, value); err != nil {
			return err
		}
	}
	part, err := form.CreateFormFile("media", name)
	if err != nil {
		return err
	}
	_, _ = io.WriteString(part, contentOf(name)) // into memory
	if err := form.Close(); err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, "POST", f.api+"/media", &body)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("x-hyper-appId", "demo")
	r.Header.Set("x-hyper-token", f.who.Session.Token)
	r.Close = true // so that each request has its own connection and fault
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if text, err := io.ReadAll(answer.Body); err != nil || answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s: %w", answer.Status, text, err)
	}
	return nil
}

func contentOf(name string) string { return strings.Repeat(name+" ", fileBytes/len(name)) }

// judge compares the files that were acknowledged with the messages in the chat's log,
// and with what the server gives for them.
func (f *uploader) judge(ctx context.Context, base string) (v verdict, err error) {
	log, err := logOf(ctx, base, f.chatID)
	if err != nil {
		return v, err
	}
	var names []string
	for _, m := range log {
		about, is := m.Message.(map[string]any)
		if !is {
			continue
		}
		name, url := fmt.Sprint(about["name"]), fmt.Sprint(about["url"])
		names = append(names, name)
		content, err := demo(base).Get(ctx, url)
		if err != nil {
			return v, err
		}
		if string(content) != contentOf(name) {
			v.Broken++
			v.example("%s has %d bytes, not its own %d", name, len(content), len(contentOf(name)))
		}
	}
	files := judge("filer", f.sent, names)
	files.Broken += v.Broken
	files.examples = append(files.examples, v.examples...)
	return files, nil
}
