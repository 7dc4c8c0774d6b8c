package op

// Access says who may do something; authorize is where it is judged.
type Access int

const (
	AnyApp                  Access = iota // whoever may use the app
	AnySession                            // a logged-in user, or the app's secret
	AnyAgent                              // an agent, or the app's secret
	AppSecret                             // the app's secret
	AdminSecret                           // the admin secret
	SurveyLink                            // whoever has the link to a survey
	ChatReader                            // who is or was in the chat, is invited to it, or is a supervisor; reads only
	ChatVisitor                           // whose chat the ticket is of, or the app's secret; reads only
	ChatMember                            // who is in the chat
	MemberOrSupervisor                    // who is in the chat, or is a supervisor
	AgentForChat                          // an agent, of a chat that exists
	Supervisor                            // a supervisor, likewise
	AgentInChatOrSupervisor               // an agent who is in the chat, or a supervisor
)
