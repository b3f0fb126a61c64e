// Package typebot reads what a Typebot flow says: the text of one bubble, and the commands in it such as #{ "followupId": "1" }.
// It must not know contacts, models, channels, HTTP or storage; it neither acts on a command nor checks that an id exists.
// Start reading at [Read] and [Reading]; [Bubble] is how a message of Typebot's chat API becomes text.
package typebot
