package server

import (
	"parley/core/chat"
	"parley/core/wire"
)

// What an operation does to the store: while the store cannot be written to, only
// those that read are carried out.
const (
	reads  = false
	writes = true
)

// operations is all that can be asked of the server, once for socket and REST.
// What else a socket takes (session:open, ping, pong) belongs to the connection.
func (s *Server) operations() *table {
	return newTable([]*operation{
		{"chats:create", "POST", "/chats", accessSession, writes, s.createChat},
		{"chats:get", "GET", "/chats/{chatId}", accessChat, reads, s.getChat},
		{"", "GET", "/chats", accessSession, reads, s.listChats},
		{chat.EventAssign, "GET", "/chats/{chatId}/assign", accessMember, writes, s.searchAgent},
		{chat.EventJoin, "POST", "/chats/{chatId}/join", accessDesk, writes, s.joinChat},
		{chat.EventLeave, "PUT", "/chats/{chatId}/leave", accessMember, writes, s.leaveChat},
		{chat.EventTransfer, "POST", "/chats/{chatId}/transfer", accessDesk, writes, s.transferChat},
		{"", "POST", "/chats/{chatId}/toinbox", accessDesk, writes, s.toInbox},
		{chat.EventIntervene, "POST", "/chats/{chatId}/intervene", accessLead, writes, s.interveneChat},
		{chat.EventClose, "DELETE", "/chats/{chatId}", accessHost, writes, s.closeChat},
		{"", "PUT", "/chats/{chatId}", accessColleague, writes, s.updateChat},
		{"", "GET", "/chats/{chatId}/users", accessChat, reads, s.chatUsers},

		{chat.EventMessage, "POST", "/chats/{chatId}/messages", accessMember, writes, s.newMessage},
		{"", "GET", "/chats/{chatId}/messages", accessChat, reads, s.listMessages},
		{"", "GET", "/chats/{chatId}/history", accessChat, reads, s.chatHistory},
		{"", "GET", "/chats/{chatId}/history.{format}", accessChat, reads, s.chatHistory},
		{chat.EventImport, "POST", "/chats/{chatId}/history", accessMember, writes, s.importHistory},
		{chat.EventRead, "PUT", "/messages/{messageId}/read", accessMember, writes, s.readMessage},

		{"", "POST", "/media", accessMember, writes, s.uploadMedia},
		{"", "GET", "/media", accessChat, reads, s.getMedia},
		{"", "GET", "/media/{mediaId}", accessChat, reads, s.getMedia},

		{chat.EventActivity, "POST", "/users/{userId}/activity", accessMember, reads, s.userActivity},
		{"users:chats", "", "", accessSession, reads, s.userChats},
		{"user:focus", "", "", accessSession, reads, s.userFocus},
		{"", "POST", "/users", accessApp, writes, s.createUser},
		{"", "GET", "/users", accessSecret, reads, s.findUsers},
		{wire.EventClose, "POST", "/users/logout", accessSession, writes, s.logout},
		{"", "GET", "/users/{userId}", accessSession, reads, s.getUser},
		{"", "PUT", "/users/{userId}", accessSession, writes, s.updateUser},

		{"", "POST", "/invitations", accessColleague, writes, s.inviteAgent},
		{"invitations:accept", "POST", "/invitations/accept", accessDesk, writes, s.acceptInvitation},
		{eventReject, "POST", "/invitations/reject", accessDesk, writes, s.rejectInvitation},
		{"agents:available", "", "", accessAgent, writes, s.setAvailable},
		{"", "GET", "/agents/available", accessApp, reads, s.agentsAvailable},
		{"", "GET", "/agents/online", accessApp, reads, s.agentsOnline},
		{"", "POST", "/agents/login", accessApp, writes, s.loginAgent},
		{"", "POST", "/agents/logout", accessAgent, writes, s.logout},
		{"", "POST", "/agents", accessSecret, writes, s.createAgent},
		{"", "GET", "/agents", accessAgent, reads, s.listAgents},
		{"", "GET", "/agents/{agentId}", accessAgent, reads, s.getAgent},
		{"", "PUT", "/agents/{agentId}", accessSecret, writes, s.updateAgent},
		{"", "DELETE", "/agents/{agentId}", accessSecret, writes, s.removeAgent},

		{"", "GET", "/surveys/{surveyId}", accessVisitor, reads, s.getSurvey},
		{"", "POST", "/surveys/{surveyId}/form", accessLink, reads, s.surveyForm},
		{"", "POST", "/surveys/{surveyId}/answers", accessLink, writes, s.answerSurvey},
		{"", "GET", "/surveys/{surveyId}/answers", accessSecret, reads, s.listAnswers},

		{"", "GET", "/queues/status", accessAgent, reads, s.queueStatus},
		{"", "GET", "/queues/update/{chatId}", accessChat, reads, s.queueUpdate},

		{"", "GET", "/settings", accessApp, reads, s.getSettings},
		{"", "PUT", "/settings", accessSecret, writes, s.changeSettings},
		{"", "POST", "/settings", accessSecret, writes, s.changeSettings},
		{"", "GET", "/apps/{appId}/validate", accessApp, reads, s.validateApp},
		{"", "POST", "/apps", accessAdmin, writes, s.createApp},
		{"", "GET", "/apps", accessAdmin, reads, s.listApps},
		{"", "GET", "/apps/{appId}", accessSecret, reads, s.getApp},
		{"", "PUT", "/apps/{appId}", accessSecret, writes, s.updateApp},
		{"", "POST", "/apps/{appId}/secret", accessSecret, writes, s.renewSecret},
		{"", "POST", "/apps/{appId}/key", accessSecret, writes, s.renewKey},
		{"", "GET", "/id", accessApp, reads, s.newID},

		{"", "GET", "/webhooks", accessSecret, reads, s.listWebhooks},
		{"", "GET", "/webhooks/{webhookId}", accessSecret, reads, s.getWebhook},
		{"", "POST", "/webhooks", accessSecret, writes, s.createWebhook},
		{"", "PUT", "/webhooks/{webhookId}", accessSecret, writes, s.updateWebhook},
		{"", "DELETE", "/webhooks/{webhookId}", accessSecret, writes, s.deleteWebhook},
	}...)
}
