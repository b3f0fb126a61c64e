package chat

import (
	"fmt"
	"strings"

	"retoma/internal/fault"
)

// Card is a person's visiting card, as sent in a message of the type Contacts.
type Card struct {
	Name       string         `json:"name" doc:"o nome inteiro, como aparece"`
	FirstName  string         `json:"firstName,omitempty"`
	LastName   string         `json:"lastName,omitempty"`
	Company    string         `json:"company,omitempty"`
	Department string         `json:"department,omitempty"`
	JobTitle   string         `json:"jobTitle,omitempty"`
	Birthday   string         `json:"birthday,omitempty" doc:"AAAA-MM-DD"`
	Phones     []CardPhone    `json:"phones,omitempty"`
	Emails     []CardEmail    `json:"emails,omitempty"`
	Links      []CardLink     `json:"links,omitempty"`
	Addresses  []CardLocation `json:"addresses,omitempty"`
}

// CardPhone is a number on a card; with WaID the customer can open a conversation with it.
type CardPhone struct {
	Phone string `json:"phone"`
	Type  string `json:"type,omitempty" doc:"como CELL, WORK, HOME"`
	WaID  string `json:"waId,omitempty" doc:"o número no WhatsApp, só dígitos"`
}

// CardEmail is an e-mail address on a card.
type CardEmail struct {
	Email string `json:"email"`
	Type  string `json:"type,omitempty" doc:"como WORK, HOME"`
}

// CardLink is a web address on a card.
type CardLink struct {
	URL  string `json:"url"`
	Type string `json:"type,omitempty" doc:"como WORK, HOME"`
}

// CardLocation is a postal address on a card.
type CardLocation struct {
	Street      string `json:"street,omitempty"`
	City        string `json:"city,omitempty"`
	State       string `json:"state,omitempty"`
	ZIP         string `json:"zip,omitempty"`
	Country     string `json:"country,omitempty"`
	CountryCode string `json:"countryCode,omitempty"`
	Type        string `json:"type,omitempty" doc:"como WORK, HOME"`
}

// The limits of cards: how many in one message, and how long a text on one may be.
const (
	maxCards    = 257
	maxCardText = 500
)

// CheckCards refuses cards that WhatsApp would refuse; field is their path, and the error a fault.Invalid.
func CheckCards(field string, cards []Card) error {
	if len(cards) < 1 || len(cards) > maxCards {
		return fault.Field(field, "de 1 a %d contatos, vieram %d", maxCards, len(cards))
	}
	for i, card := range cards {
		if err := card.check(fmt.Sprintf("%s[%d]", field, i)); err != nil {
			return err
		}
	}
	return nil
}

func (c Card) check(field string) error {
	if err := first(
		text(field+".name", c.Name, 1, maxCardText),
		text(field+".firstName", c.FirstName, 0, maxCardText), text(field+".lastName", c.LastName, 0, maxCardText),
		text(field+".company", c.Company, 0, maxCardText), text(field+".department", c.Department, 0, maxCardText),
		text(field+".jobTitle", c.JobTitle, 0, maxCardText), birthday(field+".birthday", c.Birthday),
	); err != nil {
		return err
	}
	for i, phone := range c.Phones {
		if err := text(fmt.Sprintf("%s.phones[%d].phone", field, i), phone.Phone, 1, maxCardText); err != nil {
			return err
		}
	}
	for i, email := range c.Emails {
		if err := text(fmt.Sprintf("%s.emails[%d].email", field, i), email.Email, 1, maxCardText); err != nil {
			return err
		}
	}
	for i, link := range c.Links {
		if err := text(fmt.Sprintf("%s.links[%d].url", field, i), link.URL, 1, maxAddressLength); err != nil {
			return err
		}
	}
	return nil
}

// birthday checks the form AAAA-MM-DD; whether the day exists is the customer's phone's business.
func birthday(field, day string) error {
	const form = "0000-00-00"
	fits := len(day) == len(form)
	for i := 0; fits && i < len(day); i++ {
		digit := day[i] >= '0' && day[i] <= '9'
		fits = digit == (form[i] == '0') && (digit || day[i] == '-')
	}
	if day != "" && !fits {
		return fault.Field(field, "deve ter a forma AAAA-MM-DD")
	}
	return nil
}

// CardsContent makes the content of a message of cards, with the text that stands for it.
func CardsContent(cards []Card) Content {
	shown := make([]string, len(cards))
	for i, card := range cards {
		shown[i] = card.shown()
	}
	return Content{Type: Contacts, Text: strings.Join(shown, "\n"), Cards: cards}
}

func (c Card) shown() string {
	var reach []string
	for _, phone := range c.Phones {
		reach = append(reach, phone.Phone)
	}
	for _, email := range c.Emails {
		reach = append(reach, email.Email)
	}
	if len(reach) == 0 {
		return "👤 " + c.Name
	}
	return "👤 " + c.Name + ": " + strings.Join(reach, ", ")
}
