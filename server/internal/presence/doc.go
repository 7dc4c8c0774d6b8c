// Package presence knows which agents and visitors are connected to which node.
//
// Floor 2: it imports ids and store. It knows neither connections nor chats: the functions
// given to OpenAgents and the Hooks given to NewVisitors ask and notify the rooms that do.
//
// # Agents
//
// Each node writes a record of the agents connected to it: on every change, and on every
// beat. A record that is older than three beats counts for nothing: the node is dead, and
// its agents are not connected. Agents who lose their last connection keep counting for
// AgentGrace, so that a page reload changes nothing. What agents say about their
// availability is stored and survives a restart; they count as available only while they
// are connected.
//
// # Visitors
//
// Nothing is stored for a visitor who connects. The node that loses their last connection
// asks the other nodes. If they are on none, it reports them absent once SettleWithin is
// over, and gone after the app's grace. When a node dies, the node with the lowest id
// scans the visitors of all open chats for those who were connected to the dead one; it
// does so too a beat after its own start.
//
// An absence is reported at least once: Hooks.Absent is called again after an error, and
// another node may report the same absence. It is never reported while a node that may
// have the visitor has not answered.
package presence
