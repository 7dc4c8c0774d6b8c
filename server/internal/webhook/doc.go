// Package webhook posts what happens in an app's chats to URLs of the app, and asks
// them which agent to invite.
//
// Floor 4. It may import chatlog, chatstate, ids and store. Package server changes
// webhooks; routing hands over ephemeral events and asks for agents.
//
// The contract:
//
//   - A webhook gets each event of the log at least once, from the position at which it
//     was created or activated. X-Hook-Delivery is the same each time. What it has not
//     got yet is a durable consumer of each of the chats' streams, so it survives a restart; the
//     nodes share the consumers: of each one of them delivers at a time, and when it dies another
//     one does.
//   - The events of one chat are posted in the order of the log as long as every post
//     succeeds: one that failed comes again later and holds up nothing. A webhook that
//     is slow or down holds up no other.
//   - Retries and their times are bounded by Options: an event is dropped after
//     Attempts, a webhook is deactivated after DisableAfter without a success or by a
//     410. Its record counts the dropped events and says why it is not active.
//   - Ephemeral events are posted once or not at all, and not again after a failure.
//   - Bounded for each webhook are the posts at a time and the events taken from the
//     consumer; for each app, the questions about agents. A question has no effect
//     unless the answer comes within AgentWithin.
//   - Posts go to public addresses only, unless Options.Private is set.
//
// The zero Options stands for the defaults after WithDefaults.
package webhook
