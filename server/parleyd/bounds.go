package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// atLeast refuses values below one.
func atLeast[T cmp.Ordered](least T) func(T) error {
	return func(value T) error {
		if value < least {
			return fmt.Errorf("must be at least %s", said(least))
		}
		return nil
	}
}

// atMost refuses values above one.
func atMost[T cmp.Ordered](most T) func(T) error {
	return func(value T) error {
		if value > most {
			return fmt.Errorf("must be at most %s", said(most))
		}
		return nil
	}
}

// oneOf refuses all other words.
func oneOf(words ...string) func(string) error {
	return func(word string) error {
		if !slices.Contains(words, word) {
			return fmt.Errorf("must be %s, not %q", strings.Join(words, " or "), word)
		}
		return nil
	}
}

// said gives a bound in words where people have words for it.
func said(bound any) string {
	switch bound {
	case time.Second:
		return "a second"
	case time.Minute:
		return "a minute"
	}
	return fmt.Sprint(bound)
}
