// Package presence knows which agents and visitors are connected to which node.
//
// Floor 2: it imports ids and store. It knows neither connections nor chats: the functions
// given to OpenAgents and the Hooks given to NewUsers ask and notify the rooms that do.
//
// # Agents who can be invited
//
// Each node writes a record of the agents connected to it: on every change, and on every
// beat. A record that is older than three beats counts for nothing: the node is dead, and
// its agents are not connected. Agents who lose their last connection keep counting for
// AgentSettle, so that a page reload changes nothing. What agents say about their
// availability is stored and survives a restart; they count as available only while they
// are connected.
//
// # Users who are absent from their chats
//
// Nothing is stored for a user, visitor or agent, who connects. The node that loses their
// last connection asks the other nodes. If they are on none, it reports them absent once
// SettleWithin is over, and gone after the app's grace, which is one for visitors and
// another for agents. When a node dies, the node with the lowest id scans the users of all
// open chats for those who were connected to the dead one; it does so too a beat after its
// own start.
//
// An absence is reported at least once: Hooks.Absent is called again after an error, and
// another node may report the same absence. It is never reported while a node that may
// have the user has not answered.
package presence
