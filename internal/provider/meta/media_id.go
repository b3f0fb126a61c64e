package meta

import "regexp"

// aboutMediaID is what the table calls a refusal of the id by which a message names a file.
const aboutMediaID = "media id"

// mediaIDParameter is the id of a file as Meta's words name parameters: document['id'], also at the end of a longer path such
// as template['components'][0]['parameters'][0]['image']['id'], and with dots.
var mediaIDParameter = regexp.MustCompile(`(?i)\b(?:image|video|audio|document|sticker)['"]?(?:\]?\s*\[\s*['"]id['"]\s*\]|\.id\b)`)

// notFound are the words for an id that leads nowhere. An id that is missing, or two where one belongs, are mistakes of the
// request: no fresh upload mends them.
var notFound = regexp.MustCompile(`(?i)not (?:a )?valid|invalid|not found|does(?: not|n't) exist|expired`)

// attachmentID is Meta's own phrase, whatever the parameter is called.
var attachmentID = regexp.MustCompile(`(?i)not a valid whatsapp business account media attachment id`)

// namesMediaID tells whether an error's words say that Meta does not know the file that a message names by its id.
func namesMediaID(words string) bool {
	return attachmentID.MatchString(words) || mediaIDParameter.MatchString(words) && notFound.MatchString(words)
}
