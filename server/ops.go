package server

import (
	"parley/core/chat"
	"parley/core/wire"
)

// operations is all that can be asked of the server, once for socket and REST.
// What else a socket takes (session:open, ping, pong) belongs to the connection.
var operations = []operation{
	{"chats:create", "POST", "/chats", accessSession, (*Server).createChat},
	{"chats:get", "GET", "/chats/{chatId}", accessChat, (*Server).getChat},
	{"", "GET", "/chats", accessSession, (*Server).listChats},
	{chat.EventAssign, "GET", "/chats/{chatId}/assign", accessMember, (*Server).searchAgent},
	{chat.EventJoin, "POST", "/chats/{chatId}/join", accessDesk, (*Server).joinChat},
	{chat.EventLeave, "PUT", "/chats/{chatId}/leave", accessMember, (*Server).leaveChat},
	{chat.EventTransfer, "POST", "/chats/{chatId}/transfer", accessDesk, (*Server).transferChat},
	{"", "POST", "/chats/{chatId}/toinbox", accessDesk, (*Server).toInbox},
	{chat.EventIntervene, "POST", "/chats/{chatId}/intervene", accessLead, (*Server).interveneChat},
	{chat.EventClose, "DELETE", "/chats/{chatId}", accessHost, (*Server).closeChat},
	{"", "PUT", "/chats/{chatId}", accessColleague, (*Server).updateChat},
	{"", "GET", "/chats/{chatId}/users", accessChat, (*Server).chatUsers},

	{chat.EventMessage, "POST", "/chats/{chatId}/messages", accessMember, (*Server).newMessage},
	{"", "GET", "/chats/{chatId}/messages", accessChat, (*Server).listMessages},
	{"", "GET", "/chats/{chatId}/history", accessChat, (*Server).chatHistory},
	{"", "GET", "/chats/{chatId}/history.{format}", accessChat, (*Server).chatHistory},
	{chat.EventImport, "POST", "/chats/{chatId}/history", accessMember, (*Server).importHistory},
	{chat.EventRead, "PUT", "/messages/{messageId}/read", accessMember, (*Server).readMessage},

	{"", "POST", "/media", accessMember, (*Server).uploadMedia},
	{"", "GET", "/media", accessChat, (*Server).getMedia},
	{"", "GET", "/media/{mediaId}", accessChat, (*Server).getMedia},

	{chat.EventActivity, "POST", "/users/{userId}/activity", accessMember, (*Server).userActivity},
	{"users:chats", "", "", accessSession, (*Server).userChats},
	{"user:focus", "", "", accessSession, (*Server).userFocus},
	{"", "POST", "/users", accessApp, (*Server).createUser},
	{"", "GET", "/users", accessSecret, (*Server).findUsers},
	{wire.EventClose, "POST", "/users/logout", accessSession, (*Server).logout},
	{"", "GET", "/users/{userId}", accessSession, (*Server).getUser},
	{"", "PUT", "/users/{userId}", accessSession, (*Server).updateUser},

	{"", "POST", "/invitations", accessColleague, (*Server).inviteAgent},
	{"invitations:accept", "POST", "/invitations/accept", accessDesk, (*Server).acceptInvitation},
	{eventReject, "POST", "/invitations/reject", accessDesk, (*Server).rejectInvitation},
	{"agents:available", "", "", accessAgent, (*Server).setAvailable},
	{"", "GET", "/agents/available", accessApp, (*Server).agentsAvailable},
	{"", "GET", "/agents/online", accessApp, (*Server).agentsOnline},
	{"", "POST", "/agents/login", accessApp, (*Server).loginAgent},
	{"", "POST", "/agents/logout", accessAgent, (*Server).logout},
	{"", "POST", "/agents", accessSecret, (*Server).createAgent},
	{"", "GET", "/agents", accessAgent, (*Server).listAgents},
	{"", "GET", "/agents/{agentId}", accessAgent, (*Server).getAgent},
	{"", "PUT", "/agents/{agentId}", accessSecret, (*Server).updateAgent},
	{"", "DELETE", "/agents/{agentId}", accessSecret, (*Server).removeAgent},

	{"", "GET", "/surveys/{surveyId}", accessVisitor, (*Server).getSurvey},
	{"", "POST", "/surveys/{surveyId}/form", accessLink, (*Server).surveyForm},
	{"", "POST", "/surveys/{surveyId}/answers", accessLink, (*Server).answerSurvey},
	{"", "GET", "/surveys/{surveyId}/answers", accessSecret, (*Server).listAnswers},

	{"", "GET", "/queues/status", accessAgent, (*Server).queueStatus},
	{"", "GET", "/queues/update/{chatId}", accessChat, (*Server).queueUpdate},

	{"", "GET", "/settings", accessApp, (*Server).getSettings},
	{"", "PUT", "/settings", accessSecret, (*Server).changeSettings},
	{"", "POST", "/settings", accessSecret, (*Server).changeSettings},
	{"", "GET", "/apps/{appId}/validate", accessApp, (*Server).validateApp},
	{"", "POST", "/apps", accessAdmin, (*Server).createApp},
	{"", "GET", "/apps", accessAdmin, (*Server).listApps},
	{"", "GET", "/apps/{appId}", accessSecret, (*Server).getApp},
	{"", "PUT", "/apps/{appId}", accessSecret, (*Server).updateApp},
	{"", "POST", "/apps/{appId}/secret", accessSecret, (*Server).renewSecret},
	{"", "POST", "/apps/{appId}/key", accessSecret, (*Server).renewKey},
	{"", "GET", "/id", accessApp, (*Server).newID},

	{"", "GET", "/webhooks", accessSecret, (*Server).listWebhooks},
	{"", "GET", "/webhooks/{webhookId}", accessSecret, (*Server).getWebhook},
	{"", "POST", "/webhooks", accessSecret, (*Server).createWebhook},
	{"", "PUT", "/webhooks/{webhookId}", accessSecret, (*Server).updateWebhook},
	{"", "DELETE", "/webhooks/{webhookId}", accessSecret, (*Server).deleteWebhook},
}

var bySocket = func() map[string]*operation {
	found := map[string]*operation{}
	for i := range operations {
		if event := operations[i].Event; event != "" {
			found[event] = &operations[i]
		}
	}
	return found
}()

// socketOperation finds an operation by its event, nil if there is none.
func socketOperation(event string) *operation { return bySocket[event] }

// ofMedia tells whether the operation gives a file.
func (op *operation) ofMedia() bool {
	return op.Method == "GET" && (op.Path == "/media" || op.Path == "/media/{mediaId}")
}
