// Package notify tells a tenant's team about failures: it delivers one stored notification to every target of the
// tenant's settings, as a signed webhook, an e-mail, or a chat message.
// It must not know what went wrong or who noticed it, and it never shows a target's address, token or answer in a log,
// an error or a stored text.
// Start reading at [Notifier.Deliver]; [CheckTargets] says what the settings may hold.
//
// # Targets
//
// Settings.Notify.URLs are written in the form of the shoutrrr library (https://shoutrrr.nickfedor.com), whose types
// read them. These services may be named:
//
//	smtp://user:password@host:port/?from=a@b.com&to=c@d.com,e@f.com   e-mail; TLS as in shoutrrr (port 465, else STARTTLS)
//	slack://hook:T…-B…-…@webhook          Slack incoming webhook; slack://xoxb:…-…-…@C… posts as a bot to a channel
//	telegram://token@telegram?chats=@canal,-100123   Telegram bot; each chat is a target of its own
//	teams://group@tenant/altId/owner/extra?host=org.webhook.office.com   Microsoft Teams incoming webhook
//	discord://token@webhookId             Discord webhook; thread_id, username and avatar are honoured
//
// Four of them have one fixed host each, and a mail server is dialled through the guard of this package. Every other
// service of shoutrrr is refused: generic://, gotify://, ntfy://, matrix:// and the like let the author name the host
// that is called with a body of their choice, on connections that the library opens itself and nobody can guard
// (server-side request forgery). What they would be used for is served by the signed webhook.
//
// The messages are carried by this package and not by the library, because version 0.13 reports a Telegram message as
// sent when the network is down, waits without a limit on Teams, Telegram, Slack bots and SMTP sessions, sleeps and
// repeats on its own with Discord, writes Portuguese subjects unencoded, and quotes addresses with tokens in its errors.
//
// # Delivering once
//
// A notification is leased while it is delivered, so that of two workers one delivers it. What was delivered is noted
// in the notification's problem text as fingerprints, and a later try goes only to the targets that are missing. A
// worker that dies between delivering and noting it delivers again when the lease is over: the webhook's receiver knows
// it by webhook-id, the mail server by Message-ID; a chat shows it twice.
package notify
