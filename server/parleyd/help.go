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
       parleyd bench [flags]     makes load on a server, and measures how it bears it; bench -h has its flags
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

// explain says what an option of the server is, and its variable.
func (one *option) explain(to io.Writer) {
	file := ""
	if one.shown != nil {
		file = ", " + variable(one.Name+fileSuffix)
	}
	fmt.Fprintf(to, "%s%s\n        %s; default %s\n", one.meaning(), file, variable(one.Name), one.preset())
}

// explainAlone says what an option is that has no variable.
func (one *option) explainAlone(to io.Writer) {
	fmt.Fprintf(to, "%s; default %s\n", one.meaning(), one.preset())
}

func (one *option) meaning() string {
	value, meaning := flag.UnquoteUsage(one.Flag)
	if value != "" {
		value = " " + value
	}
	if one.shown != nil {
		meaning += "; or the name of a file with it: -" + one.Name + fileSuffix
	}
	return "  -" + one.Name + value + "\n        " + meaning
}

func (one *option) preset() string {
	if one.DefValue == "" {
		return "none"
	}
	return strings.ToLower(one.DefValue)
}
