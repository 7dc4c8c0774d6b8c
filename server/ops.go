package server

import (
	"parley/core/chat"
	"parley/core/wire"
	"parley/server/internal/chatstate"
	"parley/server/internal/limit"
	"parley/server/internal/op"
)

// Whether an operation writes to the store. While the store cannot be written to, only
// those that read are carried out.
const (
	reads  = false
	writes = true
)

// What lets visitors out and agents in, and what removes something, may use the reserve of
// the store whoever calls it. All else that visitors would write is refused while no more
// is left; agents and secrets may write until the store is full.
const reserve = true

// operations is the table of all operations, for socket and REST alike. session:open,
// ping and pong are not in it: they belong to the connection (gateway).
func (s *Server) operations() *op.Table {
	return op.NewTable([]*op.Operation{
		{Event: "chats:create", Method: "POST", Path: "/chats", Access: op.AnySession, Writes: writes, Counts: limit.Chats, Do: s.createChat},
		{Event: "chats:get", Method: "GET", Path: "/chats/{chatId}", Access: op.ChatReader, Writes: reads, Do: s.getChat},
		{Event: "", Method: "GET", Path: "/chats", Access: op.AnySession, Writes: reads, Do: s.listChats},
		{Event: chat.EventAssign, Method: "GET", Path: "/chats/{chatId}/assign", Access: op.ChatMember, Writes: writes, Counts: limit.Searches, Do: s.searchAgent},
		{Event: "", Method: "POST", Path: "/chats/{chatId}/assign", Access: op.ChatMember, Writes: writes, Counts: limit.Searches, Do: s.searchAgent},
		{Event: chat.EventJoin, Method: "POST", Path: "/chats/{chatId}/join", Access: op.ChatJoiner, Writes: writes, Counts: limit.Joins, Do: s.joinChat},
		{Event: chat.EventLeave, Method: "PUT", Path: "/chats/{chatId}/leave", Access: op.ChatMember, Writes: writes, Reserve: reserve, Do: s.leaveChat},
		{Event: chat.EventTransfer, Method: "POST", Path: "/chats/{chatId}/transfer", Access: op.AgentForChat, Writes: writes, Do: s.transferChat},
		{Event: "", Method: "POST", Path: "/chats/{chatId}/toinbox", Access: op.AgentForChat, Writes: writes, Do: s.toInbox},
		{Event: chat.EventIntervene, Method: "POST", Path: "/chats/{chatId}/intervene", Access: op.Supervisor, Writes: writes, Do: s.interveneChat},
		{Event: chat.EventClose, Method: "DELETE", Path: "/chats/{chatId}", Access: op.ChatCloser, Writes: writes, Reserve: reserve, Do: s.closeChat},
		{Event: "", Method: "POST", Path: "/chats/{chatId}/block", Access: op.ChatBlocker, Writes: writes, Reserve: reserve, Do: s.blockVisitor},
		{Event: "", Method: "POST", Path: "/blocks", Access: op.AnySupervisor, Writes: writes, Reserve: reserve, Do: s.addBlock},
		{Event: "", Method: "GET", Path: "/blocks", Access: op.AnyAgent, Writes: reads, Do: s.listBlocks},
		{Event: "", Method: "DELETE", Path: "/blocks/{blockId}", Access: op.AnyAgent, Writes: writes, Reserve: reserve, Do: s.removeBlock},
		{Event: "", Method: "POST", Path: "/chats/close", Access: op.AnyAgent, Writes: writes, Reserve: reserve, Do: s.closeChats},
		{Event: "", Method: "DELETE", Path: "/chats/{chatId}/data", Access: op.AppSecretForChat, Writes: writes, Reserve: reserve, Do: s.deleteChat},
		{Event: "", Method: "PUT", Path: "/chats/{chatId}/hold", Access: op.AppSecretForChat, Writes: writes, Do: s.holdChat},
		{Event: "", Method: "DELETE", Path: "/chats/{chatId}/hold", Access: op.AppSecretForChat, Writes: writes, Reserve: reserve, Do: s.releaseChat},
		{Event: "", Method: "PUT", Path: "/chats/{chatId}", Access: op.AgentInChatOrSupervisor, Writes: writes, Do: s.updateChat},
		{Event: "", Method: "GET", Path: "/chats/{chatId}/notes", Access: op.ChatStaff, Writes: reads, Do: s.listNotes},
		{Event: "", Method: "POST", Path: "/chats/{chatId}/notes", Access: op.ChatStaff, Writes: writes, Do: s.addNote},
		{Event: "", Method: "DELETE", Path: "/chats/{chatId}/notes/{noteId}", Access: op.ChatStaff, Writes: writes, Reserve: reserve, Do: s.removeNote},
		{Event: "", Method: "POST", Path: "/chats/{chatId}/tags", Access: op.ChatStaff, Writes: writes, Do: s.changeTags},
		{Event: "", Method: "GET", Path: "/chats/{chatId}/users", Access: op.ChatReader, Writes: reads, Do: s.chatUsers},

		{Event: chat.EventMessage, Method: "POST", Path: "/chats/{chatId}/messages", Access: op.ChatMember, Writes: writes, Together: s.newMessages},
		{Event: "", Method: "GET", Path: "/chats/{chatId}/messages", Access: op.ChatReader, Writes: reads, Do: s.listMessages},
		{Event: "", Method: "GET", Path: "/chats/{chatId}/history", Access: op.ChatReader, Writes: reads, Do: s.chatHistory},
		{Event: "", Method: "GET", Path: "/chats/{chatId}/history.{format}", Access: op.ChatReader, Writes: reads, Do: s.chatHistory},
		{Event: chat.EventImport, Method: "POST", Path: "/chats/{chatId}/history", Access: op.ChatMember, Writes: writes, Do: s.importHistory},
		{Event: chat.EventRead, Method: "PUT", Path: "/messages/{messageId}/read", Access: op.ChatMember, Writes: writes, Do: s.readMessage},

		{Event: "", Method: "POST", Path: "/media", Access: op.ChatMember, Writes: writes, Counts: limit.Uploads, Do: s.uploadMedia},
		{Event: "", Method: "GET", Path: "/media", Access: op.ChatReader, Writes: reads, Do: s.getMedia},
		{Event: "", Method: "GET", Path: "/media/{mediaId}", Access: op.ChatReader, Writes: reads, Do: s.getMedia},
		{Event: "", Method: "GET", Path: "/media/{mediaId}/address", Access: op.ChatReader, Writes: reads, Do: s.mediaAddress},
		{Event: "", Method: "DELETE", Path: "/media/{mediaId}", Access: op.ChatCloser, Writes: writes, Reserve: reserve, Do: s.deleteMedia},

		{Event: chat.EventActivity, Method: "POST", Path: "/users/{userId}/activity", Access: op.ChatMember, Writes: reads, Do: s.userActivity},
		{Event: "users:chats", Method: "", Path: "", Access: op.AnySession, Writes: reads, Do: s.userChats},
		{Event: "user:focus", Method: "", Path: "", Access: op.AnySession, Writes: reads, Do: s.userFocus},
		{Event: "", Method: "POST", Path: "/users", Access: op.AnyApp, Writes: writes, Counts: limit.Visitors, Do: s.createUser},
		{Event: "", Method: "GET", Path: "/users", Access: op.AppSecret, Writes: reads, Do: s.findUsers},
		{Event: wire.EventClose, Method: "POST", Path: "/users/logout", Access: op.AnySession, Writes: writes, Reserve: reserve, Do: s.logout},
		{Event: "", Method: "GET", Path: "/users/{userId}", Access: op.AnySession, Writes: reads, Do: s.getUser},
		{Event: "", Method: "PUT", Path: "/users/{userId}", Access: op.AnySession, Writes: writes, Counts: limit.Updates, Do: s.updateUser},
		{Event: "", Method: "DELETE", Path: "/users/{userId}", Access: op.AnySession, Writes: writes, Reserve: reserve, Do: s.deleteUser},
		{Event: "", Method: "GET", Path: "/users/{userId}/export", Access: op.AnySession, Writes: reads, Do: s.exportUser},
		{Event: "", Method: "GET", Path: "/users/{userId}/export.zip", Access: op.AnySession, Writes: reads, Do: s.exportUserWithFiles},
		{Event: "", Method: "GET", Path: "/users/{userId}/chats", Access: op.UserOrSupervisor, Writes: reads, Do: s.pastChats},
		{Event: "", Method: "PUT", Path: "/users/{userId}/hold", Access: op.AppSecret, Writes: writes, Do: s.holdUser},
		{Event: "", Method: "DELETE", Path: "/users/{userId}/hold", Access: op.AppSecret, Writes: writes, Reserve: reserve, Do: s.releaseUser},

		{Event: "", Method: "GET", Path: "/audit", Access: op.AnySupervisor, Writes: reads, Do: s.listAudit},
		{Event: "", Method: "GET", Path: "/sessions", Access: op.UserOrSupervisor, Writes: reads, Do: s.listSessions},
		{Event: "", Method: "DELETE", Path: "/sessions/{sessionId}", Access: op.UserOrSupervisor, Writes: writes, Reserve: reserve, Do: s.revokeSession},

		{Event: "", Method: "POST", Path: "/invitations", Access: op.AgentInChatOrSupervisor, Writes: writes, Do: s.inviteAgent},
		{Event: "invitations:accept", Method: "POST", Path: "/invitations/accept", Access: op.Invitee, Writes: writes, Do: s.acceptInvitation},
		{Event: chatstate.EventReject, Method: "POST", Path: "/invitations/reject", Access: op.Invitee, Writes: writes, Do: s.rejectInvitation},
		{Event: "agents:available", Method: "", Path: "", Access: op.AnyAgent, Writes: writes, Do: s.setAvailable},
		{Event: "", Method: "GET", Path: "/agents/available", Access: op.AnyApp, Writes: reads, Do: s.agentsAvailable},
		{Event: "", Method: "GET", Path: "/agents/online", Access: op.AnyApp, Writes: reads, Do: s.agentsOnline},
		{Event: "", Method: "POST", Path: "/agents/login", Access: op.AnyApp, Writes: writes, Reserve: reserve, Do: s.loginAgent},
		{Event: "", Method: "POST", Path: "/agents/logout", Access: op.AnyAgent, Writes: writes, Do: s.logoutAgent},
		{Event: "", Method: "POST", Path: "/agents", Access: op.AnySupervisor, Writes: writes, Do: s.createAgent},
		{Event: "", Method: "GET", Path: "/agents", Access: op.AnyAgent, Writes: reads, Do: s.listAgents},
		{Event: "", Method: "GET", Path: "/agents/{agentId}", Access: op.AnyAgent, Writes: reads, Do: s.getAgent},
		{Event: "", Method: "PUT", Path: "/agents/{agentId}", Access: op.AnySupervisor, Writes: writes, Do: s.updateAgent},
		{Event: "", Method: "PUT", Path: "/agents/{agentId}/name", Access: op.AnySupervisor, Writes: writes, Do: s.renameAgent},
		{Event: "", Method: "PUT", Path: "/agents/{agentId}/picture", Access: op.AnyAgent, Writes: writes, Do: s.setPicture},
		{Event: "", Method: "DELETE", Path: "/agents/{agentId}/picture", Access: op.AnyAgent, Writes: writes, Reserve: reserve, Do: s.removePicture},
		{Event: "", Method: "GET", Path: op.PicturePath, Access: op.AnyApp, Writes: reads, Do: s.getPicture},
		{Event: "", Method: "DELETE", Path: "/agents/{agentId}", Access: op.AnySupervisor, Writes: writes, Reserve: reserve, Do: s.removeAgent},

		{Event: "", Method: "POST", Path: "/agents/login/totp", Access: op.AnyApp, Writes: writes, Reserve: reserve, Do: s.beginSecondFactor},
		{Event: "", Method: "POST", Path: "/agents/login/oidc", Access: op.AnyApp, Writes: writes, Reserve: reserve, Do: s.beginProviderLogin},
		{Event: "", Method: "POST", Path: "/agents/login/oidc/finish", Access: op.AnyApp, Writes: writes, Reserve: reserve, Do: s.finishProviderLogin},
		{Event: "", Method: "POST", Path: "/agents/login/passkey", Access: op.AnyApp, Writes: writes, Reserve: reserve, Do: s.askPasskey},
		{Event: "", Method: "POST", Path: "/agents/login/passkey/confirm", Access: op.AnyApp, Writes: writes, Reserve: reserve, Do: s.loginByPasskey},
		{Event: "", Method: "GET", Path: "/account", Access: op.OwnAccount, Writes: reads, Do: s.getAccount},
		{Event: "", Method: "POST", Path: "/account/totp", Access: op.OwnAccount, Writes: writes, Do: s.newTOTP},
		{Event: "", Method: "POST", Path: "/account/totp/confirm", Access: op.OwnAccount, Writes: writes, Do: s.confirmTOTP},
		{Event: "", Method: "DELETE", Path: "/account/totp", Access: op.OwnAccount, Writes: writes, Reserve: reserve, Do: s.removeTOTP},
		{Event: "", Method: "POST", Path: "/account/passkeys", Access: op.OwnAccount, Writes: writes, Do: s.newPasskey},
		{Event: "", Method: "POST", Path: "/account/passkeys/confirm", Access: op.OwnAccount, Writes: writes, Do: s.addPasskey},
		{Event: "", Method: "DELETE", Path: "/account/passkeys/{passkeyId}", Access: op.OwnAccount, Writes: writes, Reserve: reserve, Do: s.removePasskey},
		{Event: "", Method: "PUT", Path: "/account/password", Access: op.OwnAccount, Writes: writes, Do: s.changePassword},

		{Event: "", Method: "GET", Path: "/surveys/{surveyId}", Access: op.ChatVisitor, Writes: reads, Do: s.getSurvey},
		{Event: "", Method: "POST", Path: "/surveys/{surveyId}/form", Access: op.SurveyLink, Writes: reads, Do: s.surveyForm},
		{Event: "", Method: "POST", Path: "/surveys/{surveyId}/answers", Access: op.SurveyLink, Writes: writes, Do: s.answerSurvey},
		{Event: "", Method: "GET", Path: "/surveys/{surveyId}/answers", Access: op.AppSecret, Writes: reads, Do: s.listAnswers},

		{Event: "", Method: "GET", Path: "/queues/status", Access: op.AnyAgent, Writes: reads, Do: s.queueStatus},
		{Event: "", Method: "GET", Path: "/queues/today", Access: op.AnySupervisor, Writes: reads, Do: s.answeredToday},
		{Event: "", Method: "GET", Path: "/queues/update/{chatId}", Access: op.ChatReader, Writes: reads, Do: s.queueUpdate},

		{Event: "", Method: "GET", Path: "/settings", Access: op.AnyApp, Writes: reads, Do: s.getSettings},
		{Event: "", Method: "PUT", Path: "/settings", Access: op.AnySupervisor, Writes: writes, Do: s.changeSettings},
		{Event: "", Method: "POST", Path: "/settings", Access: op.AnySupervisor, Writes: writes, Do: s.changeSettings},
		{Event: "", Method: "GET", Path: "/apps/{appId}/validate", Access: op.AnyApp, Writes: reads, Do: s.validateApp},
		{Event: "", Method: "POST", Path: "/apps", Access: op.AdminSecret, Writes: writes, Do: s.createApp},
		{Event: "", Method: "GET", Path: "/apps", Access: op.AdminSecret, Writes: reads, Do: s.listApps},
		{Event: "", Method: "GET", Path: "/apps/{appId}", Access: op.AppSecret, Writes: reads, Do: s.getApp},
		{Event: "", Method: "PUT", Path: "/apps/{appId}", Access: op.AppSecret, Writes: writes, Do: s.updateApp},
		{Event: "", Method: "DELETE", Path: "/apps/{appId}", Access: op.AdminSecret, Writes: writes, Reserve: reserve, Do: s.deleteApp},
		{Event: "", Method: "POST", Path: "/apps/{appId}/secret", Access: op.AppSecret, Writes: writes, Do: s.renewSecret},
		{Event: "", Method: "POST", Path: "/apps/{appId}/key", Access: op.AppSecret, Writes: writes, Do: s.renewKey},
		{Event: "", Method: "POST", Path: "/apps/{appId}/keys", Access: op.AppSecret, Writes: writes, Do: s.addAccessKey},
		{Event: "", Method: "GET", Path: "/apps/{appId}/keys", Access: op.AppSecret, Writes: reads, Do: s.listAccessKeys},
		{Event: "", Method: "DELETE", Path: "/apps/{appId}/keys/{keyId}", Access: op.AppSecret, Writes: writes, Reserve: reserve, Do: s.revokeAccessKey},
		{Event: "", Method: "GET", Path: "/admin/audit", Access: op.AdminSecret, Writes: reads, Do: s.listServerAudit},
		{Event: "", Method: "POST", Path: "/admin/secret", Access: op.AdminSecret, Writes: writes, Do: s.renewAdmin},
		{Event: "", Method: "POST", Path: "/apps/{appId}/identity-keys", Access: op.AppSecret, Writes: writes, Do: s.addIdentityKey},
		{Event: "", Method: "GET", Path: "/apps/{appId}/identity-keys", Access: op.AppSecret, Writes: reads, Do: s.listIdentityKeys},
		{Event: "", Method: "DELETE", Path: "/apps/{appId}/identity-keys/{kid}", Access: op.AppSecret, Writes: writes, Reserve: reserve, Do: s.retireIdentityKey},
		{Event: "", Method: "GET", Path: "/id", Access: op.AnyApp, Writes: reads, Do: s.newID},

		{Event: "", Method: "GET", Path: "/webhooks", Access: op.AppSecret, Writes: reads, Do: s.listWebhooks},
		{Event: "", Method: "GET", Path: "/webhooks/{webhookId}", Access: op.AppSecret, Writes: reads, Do: s.getWebhook},
		{Event: "", Method: "POST", Path: "/webhooks", Access: op.AppSecret, Writes: writes, Do: s.createWebhook},
		{Event: "", Method: "PUT", Path: "/webhooks/{webhookId}", Access: op.AppSecret, Writes: writes, Do: s.updateWebhook},
		{Event: "", Method: "DELETE", Path: "/webhooks/{webhookId}", Access: op.AppSecret, Writes: writes, Reserve: reserve, Do: s.deleteWebhook},
	}...)
}
