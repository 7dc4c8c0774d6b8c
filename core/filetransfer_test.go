package core_test

import (
	"strings"
	"testing"

	"parley/core"
)

// uploading has an upload under way, #3, in the chat c, which is at 11.
const (
	uploading = chatting + "upload 4 c cat.png 5\n"
	message   = `{"id":"c.12","chat":"c","sender":"v","type":"media","message":{"id":"c-1","url":"/media/c-1","type":"image/png","name":"cat.png","size":5}}`
	stored    = `fetched 4 200 {"media":{"id":"c-1"},"message":` + message + `,"seq":12,"prev":11}`
	settled   = `settle 4 {"media":{"id":"c-1","name":"cat.png","size":5,"senderId":"v"}}`

	// The answer to an upload at 13, before the push of a message at 12.
	overtaking = `fetched 4 200 {"media":{"id":"c-1"},"message":` + message + `,"seq":13,"prev":12}`
	beyondGap  = `own #3 13 12 messages:new {"chatId":"c","userId":"v","message":` + message + "}\n"
	overtaken  = `push 12 11 messages:new {"chatId":"c","userId":"a","message":{"id":"c.11","chat":"c","sender":"a","type":"text","message":"hi"}}`
)

func TestUpload(t *testing.T) {
	t.Parallel()
	check(t, []edge{
		{name: "before init", when: `upload 1 c cat.png 5`, then: []string{"reject 1 400 call ICF.init first"}},
		{name: "nobody logged in", given: ready, when: `upload 2 c cat.png 5`, then: []string{"reject 2 401 no user is logged in"}},
		{name: "ordered with all that the server asks for", given: chatting, when: `upload 4 c cat.png 5`,
			then: []string{"transfer 4 http://x/v1/media [x-hyper-appId=demo x-hyper-token=t] form [chatId=c senderId=v eventId=#3] silence 30s"}},
		{name: "the answer is the message", given: uploading, when: stored, then: []string{"append c [" + message, settled}, never: []string{"emit"}},
		{name: "the push that follows emits nothing", given: uploading + stored, when: `own #3 12 11 messages:new {"chatId":"c","userId":"v","message":` + message + `}`},
		{name: "the push may come first", given: uploading, when: `own #3 12 11 messages:new {"chatId":"c","userId":"v","message":` + message + `}`,
			then: []string{"append c"}, never: []string{"emit", "settle"}}, // the request still ends by itself
		{name: "then the answer ends it", given: uploading + `own #3 12 11 messages:new {"chatId":"c","userId":"v","message":` + message + `}`, when: stored, then: []string{settled}, never: []string{"append", "emit"}},
		{name: "so does a lost answer", given: uploading + `own #3 12 11 messages:new {"chatId":"c","userId":"v","message":` + message + `}`, when: `fetched 4 0 gone`, then: []string{settled}, never: []string{"transfer"}},
		{name: "and the chat's end", given: uploading + `own #3 12 11 messages:new {"chatId":"c","userId":"v","message":` + message + `}` + "\n", when: `push 13 12 chats:close {"chatId":"c","userId":"a"}`, then: []string{settled}},
		{name: "between two attempts the push ends it", given: uploading + "fetched 4 0 gone\n", when: `own #3 12 11 messages:new {"chatId":"c","userId":"v","message":` + message + `}`, then: []string{settled}},
		{name: "an answer that overtakes other messages waits for them", given: uploading, when: overtaking, never: []string{"append", "settle", "chats:get"}},
		{name: "its own push, after theirs, ends it", given: uploading + overtaking + "\n" + overtaken, when: `own #3 13 12 messages:new {"chatId":"c","userId":"v","message":` + message + `}`, then: []string{"append c", settled}},
		{name: "so does a snapshot that has it", given: uploading + overtaking + `
			push 15 14 messages:new {"chatId":"c","userId":"a","message":{"id":"c.15"}}`, when: `reply #4 {"chat":` + chatAt(15) + `}`, then: []string{settled}},
		{name: "and the chat's end", given: uploading + overtaking + "\n" + overtaken, when: `push 13 12 chats:close {"chatId":"c","userId":"a"}`, then: []string{settled}},
		{name: "an own push after a gap does not end it with the answer", given: uploading + beyondGap, when: overtaking, never: []string{"settle"}},
		{name: "nor with a lost answer", given: uploading + beyondGap, when: `fetched 4 0 gone`, never: []string{"settle", "transfer"}},
		{name: "but with the snapshot", given: uploading + beyondGap + overtaking, when: `reply #4 {"chat":` + chatAt(13) + `}`, then: []string{settled}},
		{name: "if no push comes, the chat is loaded again", given: uploading + overtaking, when: `fire deadline`, then: []string{settled, `"event":"chats:get"`}, never: []string{"append"}},
		{name: "it makes room for the next file", options: core.Options{MaxActiveTransfers: 1}, given: uploading + "upload 5 c dog.png 5\n", when: overtaking, then: []string{"transfer 5"}, never: []string{"settle"}},
		{name: "an answer that cannot be read", given: uploading, when: `fetched 4 200 {"seq":"x"}`, then: []string{"reject 4 500 the server's answer to the upload"}},
		{name: "a message that cannot be read", given: uploading, when: `fetched 4 200 {"message":{"message":"x"}}`, then: []string{"reject 4 500 the server's message of the upload"}},
		{name: "a refusal ends it", given: uploading, when: `fetched 4 403 {"error":{"code":403,"message":"File type is not allowed"}}`, then: []string{"reject 4 403 File type is not allowed"}},
		{name: "a file that cannot be read ends it", given: uploading, when: `fetched 4 -1 gone`, then: []string{"reject 4 400 media: the file can no longer be read: gone"}},
		{name: "given up it ends", given: uploading, when: `fetched 4 -2 `, then: []string{"reject 4 499 the page has given the file up"}},
		{name: "also while it waits for its turn", options: core.Options{MaxActiveTransfers: 1}, given: uploading + "upload 5 c dog.png 5\n", when: `fetched 5 -2 `,
			then: []string{"reject 5 499 the page has given the file up"}, never: []string{"transfer"}},
		{name: "and between two attempts", given: uploading + "fetched 4 0 gone\n", when: `fetched 4 -2 `, then: []string{"reject 4 499"}},
		{name: "then the next one has its place", options: core.Options{MaxActiveTransfers: 1}, given: uploading + "upload 5 c dog.png 5\n", when: `fetched 4 -2 `,
			then: []string{"reject 4 499", "transfer 5"}},
		{name: "what the server has cannot be given up", given: uploading + overtaking + "\n" + overtaken + "\nfetched 4 -2 ",
			when: `own #3 13 12 messages:new {"chatId":"c","userId":"v","message":` + message + `}`, then: []string{settled}},
		{name: "a lost connection does not", given: uploading, when: `fetched 4 0 gone`, then: []string{"arm deadline"}, never: []string{"reject", "transfer"}},
		{name: "the same is sent again", given: uploading + "fetched 4 0 gone", when: `fire deadline`, then: []string{"transfer 4 http://x/v1/media [x-hyper-appId=demo x-hyper-token=t] form [chatId=c senderId=v eventId=#3]"}},
		{name: "nor a server that is away", given: uploading + "fetched 4 503 {}", when: `fire deadline`, then: []string{"transfer 4 http://x/v1/media [x-hyper-appId=demo x-hyper-token=t] form [chatId=c senderId=v eventId=#3]"}},
		{name: "nor a rate, for a minute", given: uploading, when: `fetched 4 429 {"error":{"code":429,"message":"too many files","retryAfter":60}}`, never: []string{"reject", "transfer"}},
		{name: "but the quota of a day does", given: uploading, when: `fetched 4 429 {"error":{"code":429,"message":"100 files of a day","retryAfter":61}}`,
			then: []string{"reject 4 429 100 files of a day"}, never: []string{"transfer"}},
		{name: "and a server that is away for long", given: uploading, when: `fetched 4 503 {"error":{"code":503,"message":"full","retryAfter":3600}}`, then: []string{"reject 4 503 full"}},
		{name: "but not for ever", options: core.Options{TransferAttempts: 2}, given: uploading + "fetched 4 0 gone\nfire deadline", when: `fetched 4 0 gone`,
			then: []string{"reject 4 503 the chat server cannot be reached: gone"}},
		{name: "room for so many", options: core.Options{MaxActiveTransfers: 1}, given: uploading, when: `upload 5 c dog.png 5`, never: []string{"transfer", "reject"}},
		{name: "the next one when one has ended", options: core.Options{MaxActiveTransfers: 1}, given: uploading + "upload 5 c dog.png 5", when: stored, then: []string{settled, "transfer 5"}},
		{name: "too many", options: core.Options{MaxTransfers: 1}, given: uploading, when: `upload 5 c dog.png 5`, then: []string{"reject 5 429 1 file transfers are running or waiting"}},
		{name: "a close ends it", given: uploading, when: `push 12 11 chats:close {"chatId":"c","userId":"a"}`, then: []string{`reject 4 410 chat "c" was closed`}},
		{name: "a closed chat takes none", given: chatting + `push 12 11 chats:close {"chatId":"c","userId":"a"}`, when: `upload 4 c cat.png 5`, then: []string{"reject 4 410 the chat is closed"}},
		{name: "a logout ends it", given: uploading, when: `logout 5`, then: []string{"reject 4 401 ICF.Lobby.close was called"}},
		{name: "what comes late is dropped", given: uploading + "logout 5", when: stored},
	})
}

func TestUploadRules(t *testing.T) {
	t.Parallel()
	rules := strings.Replace(logged, `"chats":{}`, `"chats":{},"limits":{"media":{"active":true,"maxBytes":100,"types":["png","JPG"]}}`, 1)
	inactive := strings.Replace(rules, `"active":true`, `"active":false`, 1)
	check(t, []edge{
		{name: "unknown: the server judges", given: logged, when: `upload 3 c run.exe 5`, then: []string{"transfer 3"}},
		{name: "empty", given: logged, when: `upload 3 c cat.png 0`, then: []string{"reject 3 400 media: the file is empty"}},
		{name: "allowed", given: rules, when: `upload 3 c a.cat.PNG 100`, then: []string{"transfer 3"}},
		{name: "allowed, whatever the case of the rule", given: rules, when: `upload 3 c cat.jpg 100`, then: []string{"transfer 3"}},
		{name: "the server leaves dots at the end out", given: rules, when: `upload 3 c cat.png. 100`, then: []string{"transfer 3"}},
		{name: "another extension", given: rules, when: `upload 3 c png.exe 5`, then: []string{"reject 3 403 File type is not allowed"}},
		{name: "without an extension the server judges", given: rules, when: `upload 3 c png 5`, then: []string{"transfer"}, never: []string{"reject"}},
		{name: "too large", given: rules, when: `upload 3 c cat.png 101`, then: []string{"reject 3 413 media: the file has more than 100 bytes, which is the limit"}},
		{name: "no files at all", given: inactive, when: `upload 3 c cat.png 5`, then: []string{"reject 3 403 files cannot be sent in this app"}},
	})
}

func TestDownload(t *testing.T) {
	t.Parallel()
	check(t, []edge{
		{name: "before init", when: `download 1 /media/c-1`, then: []string{"reject 1 400 call ICF.init first"}},
		{name: "nobody logged in", given: ready, when: `download 2 /media/c-1`, then: []string{"reject 2 401 no user is logged in"}},
		{name: "by this session", given: logged, when: `download 3 /media/c-1`, then: []string{"transfer 3 http://x/v1/media/c-1 [x-hyper-appId=demo x-hyper-token=t] form [] silence 30s"}},
		{name: "by another, with or without one", given: ready, when: `download 2 /chats/c/history.text old`, then: []string{"transfer 2 http://x/v1/chats/c/history.text [x-hyper-appId=demo x-hyper-token=old]"}},
		{name: "a slash is not needed", given: logged, when: `download 3 media/c-1`, then: []string{"transfer 3 http://x/v1/media/c-1 "}},
		{name: "another path", given: logged, when: `download 3 /media/../users`, then: []string{`reject 3 400 file.url must be "/media/<id>", not "/media/../users"`}},
		{name: "no id", given: logged, when: `download 3 /media/`, then: []string{"reject 3 400"}},
		{name: "the folder above", given: logged, when: `download 3 /media/..`, then: []string{"reject 3 400"}},
		{name: "another server", given: logged, when: `download 3 https://elsewhere.example/media/c-1`, then: []string{"reject 3 400 file.url"}},
		{name: "another route", given: logged, when: `download 3 /chats/c/messages`, then: []string{"reject 3 400"}},
		{name: "the shell has the file", given: logged + "download 3 /media/c-1", when: `fetched 3 200 `, then: []string{"settle 3"}},
		{name: "a refusal", given: logged + "download 3 /media/c-1", when: `fetched 3 404 {"error":{"code":404,"message":"unknown file"}}`, then: []string{"reject 3 404 unknown file"}},
		{name: "a logout ends this session's", given: logged + "download 3 /media/c-1\ndownload 4 /media/c-1 old", when: `logout 5`, then: []string{"reject 3 401"}, never: []string{"reject 4"}},
	})
}
