package main

import (
	"fmt"
	"slices"
	"strings"
)

// closeNames is how many letters a name may differ from an option's to be taken for a slip
// of the pen. Others are no mistake: Kubernetes sets PARLEY_PORT for a service of that name.
const closeNames = 2

// cautions says what of the environment is hardly meant so, and which secrets stand where
// others see them.
func (o *options) cautions(environ []string) (list []string) {
	known := o.names()
	for _, one := range environ {
		name, _, _ := strings.Cut(one, "=")
		word, ours := strings.CutPrefix(name, "PARLEY_")
		word = strings.ToLower(strings.ReplaceAll(word, "_", "-"))
		if !ours || slices.Contains(known, word) {
			continue
		}
		if like, letters := nearest(word, known); letters <= closeNames {
			list = append(list, fmt.Sprintf("%s: no such variable; did you mean %s?", name, variable(like)))
		}
	}
	for _, one := range o.list {
		if text := one.Value.String(); one.shown != nil && one.from == "-"+one.Name && one.shown(text) != text {
			list = append(list, fmt.Sprintf("-%s: all users of this machine see the secret in an argument; use -%s%s", one.Name, one.Name, fileSuffix))
		}
	}
	return list
}
