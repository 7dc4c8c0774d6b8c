package main

import "context"

type pages struct{}

func (s *soak) openPages(context.Context) (*pages, error) { return nil, nil }

func (p *pages) judge(context.Context, string) (verdict, error) { return verdict{}, nil }
