package server

// access says who may do something; authorize is where it is judged.
type access int

const (
	accessApp       access = iota // whoever may use the app
	accessSession                 // a logged-in user, or the app's secret
	accessAgent                   // an agent, or the app's secret
	accessSecret                  // the app's secret
	accessAdmin                   // the admin secret
	accessLink                    // whoever has the link to a survey
	accessChat                    // who is or was in the chat, is invited to it, or is a supervisor; reads only
	accessVisitor                 // whose chat the ticket is of, or the app's secret; reads only
	accessMember                  // who is in the chat
	accessHost                    // who is in the chat, or is a supervisor
	accessDesk                    // an agent, of a chat that exists
	accessLead                    // a supervisor, likewise
	accessColleague               // an agent who is in the chat, or a supervisor
)
