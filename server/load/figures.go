package load

import "parley/server/drive"

// Figures are what was measured. What nobody can know is missing: the memory and CPU of a
// server elsewhere, or on a system without /proc.
type Figures struct {
	Server    string     `json:"server"`
	Own       bool       `json:"own"` // whether it was started for this
	Connected *Connected `json:"connected,omitempty"`
	Idle      *Idle      `json:"idle,omitempty"`
	Spoken    *Spoken    `json:"spoken,omitempty"` // visitors to agents
	FanOut    *Spoken    `json:"fanOut,omitempty"` // one visitor to many
	Ended     bool       `json:"ended"`            // by a signal, before its time
	Failures  []string   `json:"failures,omitempty"`
}

// Connected is how fast visitors came: each was made, logged in, connected, and made a chat.
type Connected struct {
	Connections   int      `json:"connections"`
	Refused       int64    `json:"refused"`
	PerSecond     float64  `json:"perSecond"`
	LastPerSecond float64  `json:"lastPerSecond"` // of the last tenth
	MicrosEach    *float64 `json:"microsEach,omitempty"`
}

// Idle is what connections cost that say nothing.
type Idle struct {
	Connections        int     `json:"connections"`
	BytesPerConnection int64   `json:"bytesPerConnection"`
	Memory             int64   `json:"memory"`     // of the whole server
	CPUPercent         float64 `json:"cpuPercent"` // of one core
	Seconds            float64 `json:"seconds"`
}

// Spoken is what came of messages.
type Spoken struct {
	Seconds                float64  `json:"seconds"`
	Messages               int64    `json:"messages"` // that the server has acknowledged
	PerSecond              float64  `json:"perSecond"`
	Refused                int64    `json:"refused"`
	Unanswered             int64    `json:"unanswered"`
	Listeners              int      `json:"listeners"` // of each message
	Deliveries             int64    `json:"deliveries"`
	DeliveriesPerSecond    float64  `json:"deliveriesPerSecond"`
	Lost                   int64    `json:"lost"`  // deliveries of acknowledged messages that never came
	Twice                  int64    `json:"twice"` // deliveries that came again
	Reply                  Latency  `json:"reply"`
	Received               Latency  `json:"received"`
	MicrosPerMessage       *float64 `json:"microsPerMessage,omitempty"`
	MicrosPerDelivery      *float64 `json:"microsPerDelivery,omitempty"`
	LoaderMicrosPerMessage *float64 `json:"loaderMicrosPerMessage,omitempty"` // of this process
}

// UsageOf is what a process of this machine has taken; nil where nobody knows.
func UsageOf(pid int) *drive.Usage {
	used, err := drive.UsageOf(pid)
	if err != nil {
		return nil
	}
	return &used
}
