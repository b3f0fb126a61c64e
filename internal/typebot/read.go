package typebot

// Read finds the commands in the text of one bubble under the safe default rules; see [Rules] for the others.
//
// A command is "#", optional blanks or invisible characters, and a JSON object. Several may stand in a bubble, one behind
// the other or on lines of their own; marks around them (*bold*, `code`, a Markdown link) do not count. It is acted on if
// the bubble holds nothing but commands: a bubble with text for the customer is only sent, because a customer's own words
// echoed in it must not become a command ([HintAround]; [Rules.Around] lifts this).
// A command is used whole or not at all: one unusable key refuses all of it. The commands beside it are not affected.
// One that is never closed takes everything up to the next line that begins like a command, or up to the end:
// losing a line of text is better than showing half a command.
// A whole line of the text forms #queue=5, #user=1, #tag=7 and #close is a command too.
//
// Whatever looks like a command is cut out, valid or not. Other text comes back unchanged: "#promo", "# Título" and "#sair"
// are for the customer.
func Read(text string) Reading { return Rules{}.Read(text) }
