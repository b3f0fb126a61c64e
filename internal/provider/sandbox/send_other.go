package sandbox

import (
	"encoding/json"
	"unicode/utf8"
)

// decodeReaction reads an emoji on a customer's message; empty takes it away. Whether the message is there is judged later.
func (o *outgoing) decodeReaction(raw json.RawMessage) *graphError {
	var reaction webhookReaction
	if refused := decodeObject("reaction", raw, &reaction); refused != nil {
		return refused
	}
	if reaction.MessageID == "" {
		return refuse(100, "The parameter reaction['message_id'] is required.")
	}
	// A family of four with skin tones is the longest emoji there is, at eleven code points.
	if utf8.RuneCountInString(reaction.Emoji) > 11 {
		return refuse(100, "Param reaction['emoji'] is not a valid emoji.")
	}
	o.reaction, o.text, o.replyTo = &reaction, reaction.Emoji, reaction.MessageID
	return nil
}

func (o *outgoing) decodeLocation(raw json.RawMessage) *graphError {
	var given struct {
		Latitude  json.Number `json:"latitude"`
		Longitude json.Number `json:"longitude"`
		Name      string      `json:"name"`
		Address   string      `json:"address"`
	}
	if refused := decodeObject("location", raw, &given); refused != nil {
		return refused
	}
	latitude, err := given.Latitude.Float64()
	if err != nil || latitude < -90 || latitude > 90 {
		return refuse(131009, "Param location['latitude'] must be a number from -90 to 90.")
	}
	longitude, err := given.Longitude.Float64()
	if err != nil || longitude < -180 || longitude > 180 {
		return refuse(131009, "Param location['longitude'] must be a number from -180 to 180.")
	}
	if utf8.RuneCountInString(given.Name) > 1000 || utf8.RuneCountInString(given.Address) > 1000 {
		return refuse(131009, "Param location['name'] and location['address'] must be at most 1000 characters long.")
	}
	o.location = &Location{Latitude: latitude, Longitude: longitude, Name: given.Name, Address: given.Address}
	o.text = orText(given.Name, given.Address)
	return nil
}

// card is as much of a contact card as is checked.
type card struct {
	Name *struct {
		Formatted string `json:"formatted_name"`
		First     string `json:"first_name"`
		Last      string `json:"last_name"`
		Middle    string `json:"middle_name"`
		Suffix    string `json:"suffix"`
		Prefix    string `json:"prefix"`
	} `json:"name"`
}

const mostCards = 257

func (o *outgoing) decodeContacts(raw json.RawMessage) *graphError {
	var cards []card
	if len(raw) == 0 || string(raw) == "null" {
		return refuse(100, "The parameter contacts is required.")
	}
	if err := json.Unmarshal(raw, &cards); err != nil {
		return refuseJSON(err)
	}
	if len(cards) == 0 || len(cards) > mostCards {
		return refuse(131009, "Param contacts must have from 1 to %d items.", mostCards)
	}
	for i, c := range cards {
		switch {
		case c.Name == nil || c.Name.Formatted == "":
			return refuse(100, "The parameter contacts[%d]['name']['formatted_name'] is required.", i)
		case c.Name.First+c.Name.Last+c.Name.Middle+c.Name.Suffix+c.Name.Prefix == "":
			return refuse(100, "The parameter contacts[%d]['name'] needs one more part than formatted_name.", i)
		}
	}
	o.contacts, o.text = raw, cards[0].Name.Formatted
	return nil
}
