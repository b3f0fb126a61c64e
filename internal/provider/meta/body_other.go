package meta

import (
	"cmp"

	"retoma/internal/chat"
)

type placeOut struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	Name      string  `json:"name,omitempty"`
	Address   string  `json:"address,omitempty"`
}

// reactionOut reacts to a message that the customer sent; an empty emoji takes the reaction back.
type reactionOut struct {
	MessageID string `json:"message_id"`
	Emoji     string `json:"emoji"`
}

type cardOut struct {
	Name      cardName      `json:"name"`
	Birthday  string        `json:"birthday,omitempty"`
	Phones    []cardPhone   `json:"phones,omitempty"`
	Emails    []cardEmail   `json:"emails,omitempty"`
	URLs      []cardLink    `json:"urls,omitempty"`
	Addresses []cardAddress `json:"addresses,omitempty"`
	Org       *cardOrg      `json:"org,omitempty"`
}

type cardName struct {
	Formatted string `json:"formatted_name"`
	First     string `json:"first_name,omitempty"`
	Last      string `json:"last_name,omitempty"`
}

type cardPhone struct {
	Phone string `json:"phone"`
	Type  string `json:"type,omitempty"`
	WaID  string `json:"wa_id,omitempty"`
}

type cardEmail struct {
	Email string `json:"email"`
	Type  string `json:"type,omitempty"`
}

type cardLink struct {
	URL  string `json:"url"`
	Type string `json:"type,omitempty"`
}

type cardAddress struct {
	Street      string `json:"street,omitempty"`
	City        string `json:"city,omitempty"`
	State       string `json:"state,omitempty"`
	ZIP         string `json:"zip,omitempty"`
	Country     string `json:"country,omitempty"`
	CountryCode string `json:"country_code,omitempty"`
	Type        string `json:"type,omitempty"`
}

type cardOrg struct {
	Company    string `json:"company,omitempty"`
	Department string `json:"department,omitempty"`
	Title      string `json:"title,omitempty"`
}

func placeOf(place chat.Place) *placeOut {
	return &placeOut{Latitude: place.Latitude, Longitude: place.Longitude, Name: clean(place.Name), Address: clean(place.Address)}
}

func cardsOf(cards []chat.Card) []cardOut {
	var out []cardOut
	for _, card := range cards {
		out = append(out, cardOf(card))
	}
	return out
}

// cardOf writes a card. Meta wants a part of the name beside the whole one, so the whole stands in where there is none.
func cardOf(card chat.Card) cardOut {
	out := cardOut{Birthday: card.Birthday, Name: cardName{Formatted: clean(card.Name), First: clean(card.FirstName), Last: clean(card.LastName)}}
	if out.Name.First == "" && out.Name.Last == "" {
		out.Name.First = out.Name.Formatted
	}
	for _, phone := range card.Phones {
		out.Phones = append(out.Phones, cardPhone{clean(phone.Phone), phone.Type, phone.WaID})
	}
	for _, email := range card.Emails {
		out.Emails = append(out.Emails, cardEmail(email))
	}
	for _, link := range card.Links {
		out.URLs = append(out.URLs, cardLink(link))
	}
	for _, address := range card.Addresses {
		out.Addresses = append(out.Addresses, cardAddress(address))
	}
	if cmp.Or(card.Company, card.Department, card.JobTitle) != "" {
		out.Org = &cardOrg{clean(card.Company), clean(card.Department), clean(card.JobTitle)}
	}
	return out
}
