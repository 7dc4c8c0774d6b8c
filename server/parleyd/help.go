package main

import (
	"flag"
	"fmt"
	"io"
	"strings"
)

const helpHead = `Usage: parleyd [flags]
       parleyd check [flags]     says all that is wrong with the configuration
       parleyd config [flags]    prints the configuration in force, and where it comes from
       parleyd admin renew [flags]
                                 makes another admin secret, and ends the one before
       parleyd health [flags]    asks the server of this configuration whether it is ready; needs -admin-addr
       parleyd version           prints the version, and the commit that it is built of
       parleyd licenses          prints the licences of what this program is made of
       parleyd backup FILE [flags]
                                 writes all that is in the store to a file, also while the server runs;
                                 - is a pipe
       parleyd restore FILE [flags]
                                 makes the data of an empty folder, or of NATS, of a backup
       parleyd replay FILE       replays a recording of a page, see docs/debugging.md

Serves the chat: its API and WebSocket, the script for pages, and the agent console.
Each flag can also be set by the environment variable shown, and in the YAML file that
-config names, by the flag's name. The flag wins, then the variable, then the file.

`

// help writes the flags, with the meaning, variable and default of each.
func (o *options) help(to io.Writer) {
	_, _ = io.WriteString(to, helpHead)
	for _, one := range o.list {
		one.explain(to)
	}
}

func (one *option) explain(to io.Writer) {
	value, meaning := flag.UnquoteUsage(one.Flag)
	if value != "" {
		value = " " + value
	}
	byDefault := strings.ToLower(one.DefValue)
	if byDefault == "" {
		byDefault = "none"
	}
	if one.shown != nil {
		meaning += "; or the name of a file with it: -" + one.Name + fileSuffix + ", " + variable(one.Name+fileSuffix)
	}
	fmt.Fprintf(to, "  -%s%s\n        %s\n        %s; default %s\n", one.Name, value, meaning, variable(one.Name), byDefault)
}
