package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"parley/server"
)

// leastAdminSecret is the least length of an admin secret that an operator chooses.
const leastAdminSecret = 32

func (c *config) adminOption(o *options) {
	add(o, &c.adminFile, "admin-secret-file", "",
		"`FILE` with the admin secret: it is written at the first start, and read if it is there; without it the secret is printed once")
}

// readAdminSecret reads the file. An error of fs.ErrNotExist says that there is none yet.
func readAdminSecret(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("-admin-secret-file: %w", err)
	}
	secret := strings.TrimSpace(string(text))
	if len(secret) < leastAdminSecret {
		return "", fmt.Errorf("-admin-secret-file: the secret in %s has %d characters, and needs at least %d; "+
			"`openssl rand -hex 32` makes a good one", file, len(secret), leastAdminSecret)
	}
	return secret, nil
}

// ensureAdmin makes the admin secret that of the file, and at the first start makes both.
// Without a file it gives the secret of the first start, to be printed.
func (c *config) ensureAdmin(ctx context.Context, identity *server.Identity, logger *slog.Logger) (printed string, err error) {
	if c.adminFile == "" {
		return identity.EnsureAdmin(ctx)
	}
	secret, err := readAdminSecret(c.adminFile)
	if errors.Is(err, fs.ErrNotExist) {
		return "", c.writeFirstAdmin(ctx, identity, logger)
	}
	if err == nil {
		err = identity.UseAdmin(ctx, secret)
	}
	if errors.Is(err, server.ErrAdminEnded) {
		logger.Warn("-admin-secret-file: the secret in the file was renewed meanwhile, and is not used; put the new one there", "file", c.adminFile)
		return "", nil
	}
	return "", err
}

// writeFirstAdmin makes the file before the secret, so that no secret is lost.
func (c *config) writeFirstAdmin(ctx context.Context, identity *server.Identity, logger *slog.Logger) error {
	f, err := os.OpenFile(c.adminFile, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("-admin-secret-file: %w; name a file that this user may write", err)
	}
	defer f.Close()
	secret, err := identity.EnsureAdmin(ctx)
	if err == nil && secret != "" {
		_, err = f.WriteString(secret + "\n")
		return errors.Join(err, f.Sync())
	}
	if err == nil {
		logger.Warn("-admin-secret-file: there is an admin secret, but no file with it: put it there, "+
			"or make another one with `parleyd admin renew`", "file", c.adminFile)
	}
	return errors.Join(err, os.Remove(c.adminFile))
}

// newAdminFile makes a file that is to replace the one of the admin secret, before the secret
// is renewed. Owner and mode are those of the old file, so that the server can read it.
func newAdminFile(file string) (*os.File, error) {
	f, err := os.CreateTemp(filepath.Dir(file), ".admin-secret-*") // with mode 0600
	if err != nil {
		return nil, fmt.Errorf("-admin-secret-file: %w; name a file in a folder that this user may write to; nothing is changed", err)
	}
	old, err := os.Stat(file)
	if err == nil {
		err = keepOwner(f, old)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		_ = f.Close()
		_ = os.Remove(f.Name())
		return nil, fmt.Errorf("-admin-secret-file: %s cannot be replaced: %w; nothing is changed", file, err)
	}
	return f, nil
}

// replaceAdminFile puts the new file in the place of the old one, whole or not at all.
func replaceAdminFile(f *os.File, file, secret string) error {
	_, err := f.WriteString(secret + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), file)
	}
	return err
}

// checkAdminFile refuses a file that could not be used at the start.
func (c *config) checkAdminFile() error {
	if c.adminFile == "" {
		return nil
	}
	_, err := readAdminSecret(c.adminFile)
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	folder := filepath.Dir(c.adminFile)
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return fmt.Errorf("-admin-secret-file: %s is no folder in which a file can be made", folder)
	}
	f, err := os.CreateTemp(folder, ".check-*")
	if err != nil {
		return fmt.Errorf("-admin-secret-file: %w; name a file that this user may write", err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}
