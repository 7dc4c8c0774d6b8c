package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"parley/server"
)

// administrate is `parleyd admin renew`: it makes another admin secret, which it writes to
// -admin-secret-file, or prints.
func administrate(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout io.Writer) error {
	if len(args) == 0 || args[0] != "renew" {
		return errors.New("admin needs to know what to do: parleyd admin renew, with the flags of the server")
	}
	c, _, err := parseOptions(args[1:], getenv, stdout)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	var file *os.File
	if c.adminFile != "" {
		if file, err = newAdminFile(c.adminFile); err != nil {
			return err
		}
		defer func() {
			_ = file.Close()
			_ = os.Remove(file.Name()) // unless it is in its place
		}()
	}
	secret, err := c.renewAdmin(ctx, stdin, stdout)
	if err != nil {
		return err
	}
	if file == nil {
		fmt.Fprintf(stdout, "The new admin secret. It is printed only now; the old one has ended:\n\n  %s\n", secret)
		return nil
	}
	if err := replaceAdminFile(file, c.adminFile, secret); err != nil {
		return fmt.Errorf("the admin secret is renewed, but cannot be written to the file: %w; it is %s", err, secret)
	}
	fmt.Fprintf(stdout, "The new admin secret is in the file %s. The old one has ended.\n", c.adminFile)
	return nil
}

// renewAdmin renews the secret in the store, or asks the server that has the folder of the data.
func (c *config) renewAdmin(ctx context.Context, stdin io.Reader, stdout io.Writer) (secret string, err error) {
	var engine *server.Engine
	if c.nats == "" {
		err = checkOwner(c.data)
	}
	if err == nil {
		engine, err = server.StartEngine(ctx, c.engine())
	}
	if errors.Is(err, server.ErrFolderInUse) {
		return c.askToRenew(ctx, stdin, stdout)
	}
	if err != nil {
		return "", err
	}
	secret, err = server.RenewAdmin(ctx, engine, c.audit)
	return secret, errors.Join(err, closeEngine(engine))
}

// askToRenew asks the server on this machine, with the secret that is valid now.
func (c *config) askToRenew(ctx context.Context, stdin io.Reader, stdout io.Writer) (string, error) {
	old, err := c.validAdmin(stdin, stdout)
	if err != nil {
		return "", err
	}
	at, err := net.ResolveTCPAddr("tcp", c.addr)
	if err != nil {
		return "", fmt.Errorf("-addr: %w", err)
	}
	if at.IP == nil || at.IP.IsUnspecified() {
		at.IP = net.IPv4(127, 0, 0, 1)
	}
	f := &front{}
	if err := f.openCertificates(*c, slog.New(slog.DiscardHandler)); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, baseURL(at, f.certificates)+string(c.address.BasePath)+"/v1/admin/secret", http.NoBody)
	if err != nil {
		return "", err
	}
	r.Header.Set("X-Hyper-Secret", old)
	if len(c.address.Hosts) > 0 {
		r.Host = c.address.Hosts[0]
	}
	// Whatever the name, the server is the one on this machine.
	local := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, at.String())
	}}
	answer, err := (&http.Client{Transport: local}).Do(r)
	if err != nil {
		return "", fmt.Errorf("the folder %s is in use, but the server that uses it does not answer: %w; stop it and try again", c.data, err)
	}
	defer answer.Body.Close()
	var said struct {
		Secret string
		Error  struct{ Message string }
	}
	if err := json.NewDecoder(answer.Body).Decode(&said); err != nil || said.Secret == "" {
		return "", fmt.Errorf("the server at %s does not renew the admin secret: %s %s", at, answer.Status, said.Error.Message)
	}
	return said.Secret, nil
}

// validAdmin gives the secret of the file, or asks for it.
func (c *config) validAdmin(stdin io.Reader, stdout io.Writer) (string, error) {
	if c.adminFile != "" {
		secret, err := readAdminSecret(c.adminFile)
		if !errors.Is(err, fs.ErrNotExist) {
			return secret, err
		}
	}
	fmt.Fprint(stdout, "The admin secret that is valid now: ")
	line, err := bufio.NewReader(stdin).ReadString('\n')
	secret := strings.TrimSpace(line)
	if secret == "" {
		return "", errors.Join(errors.New("no admin secret was given; if it is lost, stop the server and try again"), err)
	}
	return secret, nil
}
